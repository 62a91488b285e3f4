using Smml.MLNet.VolumeFiles;
using Smml.MLNet.Volumes;

namespace Smml.MLNet.Discovery;

/// <summary>Recognises what this library wrote by the mark in the file's header (<see cref="OriginMark"/>).</summary>
internal static class OwnFiles
{
    /// <summary>Why a segmentation of this library is no label.</summary>
    public const string SegmentationReason = "a segmentation that this library wrote, not an expert's label";

    /// <summary>Whether a file is a segmentation of this library that nobody has changed since.</summary>
    public static bool IsSegmentation(string path)
    {
        try
        {
            // the header first: a mark is rare, and only with one the voxels are read
            return VolumeOpener.ReadHeader(VolumePath.Parse(path).File).Mark.Origin == VolumeOrigin.Segmentation
                && VolumeFile.Read(path).Origin == VolumeOrigin.Segmentation;
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            return false; // reading the case says what is wrong with it
        }
    }

    /// <summary>Whether a file belongs to a phantom.</summary>
    public static bool IsPhantom(string path)
    {
        try
        {
            return VolumeOpener.ReadHeader(VolumePath.Parse(path).File).Mark.Origin == VolumeOrigin.Phantom;
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            return false;
        }
    }

    private static bool IsDamage(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or InvalidDataException or VolumeFormatException or ArgumentException;
}
