using System.ComponentModel;

namespace System.Runtime.CompilerServices;

/// <summary>The compiler needs it for properties with <c>init</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
internal static class IsExternalInit;
