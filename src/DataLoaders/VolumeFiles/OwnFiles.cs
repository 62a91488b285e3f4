using Smml.MLNet.Volumes;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Recognises what this library wrote by the mark in the file's header (<see cref="OriginMark"/>), so that results never come back
/// as input and nothing else is replaced.</summary>
internal static class OwnFiles
{
    /// <summary>Why a segmentation of this library is no label.</summary>
    public const string SegmentationReason = "a segmentation that this library wrote, not an expert's label";

    /// <summary>What this library wrote a file as; <see cref="VolumeOrigin.Other"/> for a file of another origin, for a segmentation that
    /// was changed since, and for what cannot be read.</summary>
    public static VolumeOrigin OriginOf(string path)
    {
        try
        {
            // the header first: a mark is rare, and only a segmentation's covers the voxels
            string file = VolumePath.Parse(path).File;
            VolumeOrigin origin = VolumeOpener.ReadHeader(file, null).Mark.Origin;
            return origin == VolumeOrigin.Segmentation ? VolumeFile.Read(file).Origin : origin;
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or InvalidDataException or VolumeFormatException or ArgumentException)
        {
            return VolumeOrigin.Other; // reading the case says what is wrong with it
        }
    }

    /// <summary>Whether a file is a segmentation of this library that nobody has changed since.</summary>
    public static bool IsSegmentation(string path) => OriginOf(path) == VolumeOrigin.Segmentation;

    /// <summary>Whether a file belongs to a phantom.</summary>
    public static bool IsPhantom(string path) => OriginOf(path) == VolumeOrigin.Phantom;

    /// <summary>Refuses to replace a file that this library did not write as the same thing, or that was changed since.</summary>
    /// <param name="path">The file that would be replaced; it need not be there.</param>
    /// <param name="origin">What is about to be written.</param>
    /// <param name="what">What is about to be written, for the message: <c>the segmentation of 'anna'</c>.</param>
    /// <exception cref="InvalidDataException">The file is there and is something else.</exception>
    public static void RefuseToReplace(string path, VolumeOrigin origin, string what)
    {
        // a link, too, is something that another program made
        bool isLink = new FileInfo(path).LinkTarget is not null;
        if ((isLink || File.Exists(path)) && (isLink || !(OriginOf(path) == origin || IsDamaged(path, origin))))
            throw new InvalidDataException(
                $"{path}: found a file that this library did not write, or that was changed since, where {what} would go. "
                + "It is not replaced: name another folder, or move the file away.");
    }

    // The mark of this library over voxels that cannot be read: a disk's fault. Nobody who changes a segmentation saves it so.
    private static bool IsDamaged(string path, VolumeOrigin origin)
    {
        bool isMarked = false;
        try
        {
            isMarked = VolumeOpener.ReadHeader(path, null).Mark.Origin == origin;
            if (isMarked)
                VolumeFile.Read(path);
            return false;
        }
        catch (VolumeFormatException)
        {
            return isMarked;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
