using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace TcbPowerShell.Client.Journal;

/// <summary>
/// The device and inode of the file that a path leads to, which show that another file has taken its place. .NET has no method for them. Windows does
/// not need it: an open file can be neither deleted nor moved there.
/// </summary>
/// <param name="Volume">The device.</param>
/// <param name="Number">The inode.</param>
/// <param name="IsRegular">Whether it is a file with content, and not a folder, a pipe, a device or a link.</param>
internal readonly record struct FileIdentity(ulong Volume, ulong Number, bool IsRegular)
{
    private static bool IsLinux => RuntimeInformation.IsOSPlatform(OSPlatform.Linux);

    private static bool IsMac => RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

    /// <summary>Asks for the file at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followLinks">Whether a link stands for what it leads to.</param>
    /// <returns>Null if nothing is there, or the platform does not tell.</returns>
    internal static FileIdentity? Of(string path, bool followLinks = true)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        try
        {
            return IsLinux ? OfLinux(name, followLinks) : IsMac ? OfMac(name, followLinks) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A C library before glibc 2.28 or musl 1.2 has no statx.
            return null;
        }
    }

    // struct statx is the same on every processor: https://man7.org/linux/man-pages/man2/statx.2.html
    private static FileIdentity? OfLinux(byte[] path, bool followLinks)
    {
        const int CurrentFolder = -100, NoFollow = 0x100, TypeAndInode = 0x101, RegularFile = 0x8000, TypeMask = 0xF000;
        byte[] status = new byte[256];
        if (Statx(CurrentFolder, path, followLinks ? 0 : NoFollow, TypeAndInode, status) != 0) return null;
        bool isRegular = (BitConverter.ToUInt16(status, 28) & TypeMask) == RegularFile;
        return new FileIdentity(BitConverter.ToUInt64(status, 136), BitConverter.ToUInt64(status, 32), isRegular);
    }

    // getattrlist answers with its length and what was asked for, in the order of the bits: device, type, file ID.
    private static FileIdentity? OfMac(byte[] path, bool followLinks)
    {
        const int DeviceTypeAndId = 0x0200000A, NoFollow = 1, RegularFile = 1;
        byte[] wanted = new byte[24];
        BinaryPrimitives.WriteInt16LittleEndian(wanted, 5);
        BinaryPrimitives.WriteInt32LittleEndian(wanted.AsSpan(4), DeviceTypeAndId);
        byte[] answer = new byte[64];
        if (GetAttrList(path, wanted, answer, (UIntPtr)answer.Length, followLinks ? 0u : NoFollow) != 0) return null;
        return new FileIdentity(BitConverter.ToUInt32(answer, 4), BitConverter.ToUInt64(answer, 12), BitConverter.ToInt32(answer, 8) == RegularFile);
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, byte[] path, int flags, uint mask, [Out] byte[] status);

    [DllImport("libc", EntryPoint = "getattrlist")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetAttrList(byte[] path, byte[] wanted, [Out] byte[] answer, UIntPtr size, uint options);
}
