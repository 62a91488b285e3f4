using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Smml.MLNet.Service;

/// <summary>Reads one to four scans of a form into a folder. File names of the sender are not used and not kept.</summary>
internal static class Upload
{
    private const int BoundaryLimit = 128;

    /// <summary>Reads a form whose parts are named flair, t1ce, t1 and t2.</summary>
    /// <exception cref="RefusedException">The form is not as expected, or the service has no room for it.</exception>
    /// <exception cref="BadHttpRequestException">The body is larger than the limit, or was cut.</exception>
    public static async Task<BraTSCase> ReadAsync(HttpRequest request, ScratchSpace.Folder folder, CancellationToken cancellation)
    {
        try
        {
            return await ReadPartsAsync(request, folder, cancellation).ConfigureAwait(false);
        }
        catch (IOException exception) when (ScratchSpace.IsFull(exception))
        {
            throw new RefusedException(
                StatusCodes.Status507InsufficientStorage, "The service has no room for the upload (Service:Scratch). Try again later.");
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, "The form is damaged or was cut. Send it again.");
        }
    }

    private static async Task<BraTSCase> ReadPartsAsync(HttpRequest request, ScratchSpace.Folder folder, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            || type.MediaType != "multipart/form-data"
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= BoundaryLimit } boundary)
        {
            throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                $"Found the content type '{request.ContentType}', expected multipart/form-data with parts named flair, t1ce, t1, t2.");
        }

        BraTSCase row = new() { CaseId = "upload" };
        MultipartReader reader = new(boundary, request.Body);
        while (await reader.ReadNextSectionAsync(cancellation).ConfigureAwait(false) is { } section)
        {
            ContentDispositionHeaderValue? header = section.GetContentDispositionHeader();
            string? name = header is null ? null : HeaderUtilities.RemoveQuotes(header.Name).Value;
            Modality modality = ModalityOf(name);
            if (PathOf(row, modality).Length > 0)
                throw new RefusedException(
                    StatusCodes.Status400BadRequest, $"Found two parts named '{name}', expected one scan of each kind.");
            string path = folder[$"{name}.nii.gz"]; // what it is is told by its content
            FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
            await using (file.ConfigureAwait(false))
                await section.Body.CopyToAsync(file, cancellation).ConfigureAwait(false);
            if (new FileInfo(path).Length > 0 || !StringSegment.IsNullOrEmpty(HeaderUtilities.RemoveQuotes(header!.FileName)))
                SetPath(row, modality, path);
            else
                File.Delete(path); // a field of a form in a browser that was left empty
        }

        return new[] { row.FlairPath, row.T1cePath, row.T1Path, row.T2Path }.Any(path => path.Length > 0)
            ? row
            : throw new RefusedException(
                StatusCodes.Status400BadRequest, "Found no scan, expected one to four parts named flair, t1ce, t1, t2.");
    }

    private static Modality ModalityOf(string? name) => name switch
    {
        "flair" => Modality.Flair,
        "t1ce" => Modality.T1ce,
        "t1" => Modality.T1,
        "t2" => Modality.T2,
        _ => throw new RefusedException(
            StatusCodes.Status400BadRequest, "Found a part of another name, expected flair, t1ce, t1 or t2 in small letters."),
    };

    private static string PathOf(BraTSCase row, Modality modality) => modality switch
    {
        Modality.Flair => row.FlairPath,
        Modality.T1ce => row.T1cePath,
        Modality.T1 => row.T1Path,
        _ => row.T2Path,
    };

    private static void SetPath(BraTSCase row, Modality modality, string path)
    {
        switch (modality)
        {
            case Modality.Flair:
                row.FlairPath = path;
                break;
            case Modality.T1ce:
                row.T1cePath = path;
                break;
            case Modality.T1:
                row.T1Path = path;
                break;
            default:
                row.T2Path = path;
                break;
        }
    }
}

/// <summary>A request that cannot be answered, and why. The text goes to the sender and never into a log.</summary>
internal sealed class RefusedException(int status, string message) : Exception(message)
{
    /// <summary>The status of HTTP.</summary>
    public int Status { get; } = status;
}
