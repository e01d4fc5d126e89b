namespace System.Diagnostics.CodeAnalysis;

/// <summary>Says that an out parameter is not null where the method returns a certain value.</summary>
/// <param name="returnValue">That value.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class NotNullWhenAttribute(bool returnValue) : Attribute
{
    /// <summary>That value.</summary>
    public bool ReturnValue { get; } = returnValue;
}
