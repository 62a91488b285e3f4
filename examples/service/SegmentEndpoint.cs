using System.Diagnostics;

namespace Smml.MLNet.Service;

/// <summary><c>POST /segment</c>: one to four scans in, the segmentation and what is known about it out.</summary>
/// <remarks>Logs say when a request came, how it ended and how long it took; nothing of its content.</remarks>
internal static class SegmentEndpoint
{
    public const string Notice = "Research use only, never a diagnosis.";

    public static async Task<IResult> Handle(
        HttpContext context,
        ModelSlot models,
        WaitingLine line,
        ScratchSpace scratch,
        ServiceOptions options,
        ILogger<ModelSlot> log)
    {
        using IDisposable? place = line.Enter();
        if (place is null)
        {
            context.Response.Headers.RetryAfter = "5";
            return Refuse(StatusCodes.Status429TooManyRequests, "All places of the waiting line are taken. Try again in a few seconds.");
        }

        long start = Stopwatch.GetTimestamp();
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(options.TimeoutSeconds));
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        string outcome = "failed";
        try
        {
            Answer answer = await AnswerAsync(context.Request, models, line, scratch, options, end.Token).ConfigureAwait(false);
            outcome = "done";
            return context.Request.Headers.Accept.Contains("application/gzip")
                ? Results.Bytes(answer.Segmentation, "application/gzip", "segmentation.nii.gz")
                : Results.Json(answer);
        }
        catch (RefusedException exception)
        {
            outcome = "refused";
            return Refuse(exception.Status, exception.Message);
        }
        catch (BadHttpRequestException exception)
        {
            outcome = "refused";
            return Refuse(
                exception.StatusCode,
                exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? $"The request is larger than {options.MaxRequestBytes} bytes, the limit of this service (Service:MaxRequestBytes)."
                    : "The form is damaged or was cut. Send it again.");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            outcome = "out of time";
            return Refuse(
                StatusCodes.Status504GatewayTimeout,
                FormattableString.Invariant($"The case took longer than {options.TimeoutSeconds} s (Service:TimeoutSeconds)."));
        }
        catch (OperationCanceledException)
        {
            outcome = "given up by the sender";
            return Results.Empty;
        }
        catch (Exception exception)
        {
            log.Unexpected(exception.GetType(), exception.StackTrace); // the message of an exception may hold what a file says
            return Refuse(StatusCodes.Status500InternalServerError, "The service has a fault. Its log says where.");
        }
        finally
        {
            log.RequestEnded(outcome, Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 2));
        }
    }

    private static async Task<Answer> AnswerAsync(
        HttpRequest request,
        ModelSlot models,
        WaitingLine line,
        ScratchSpace scratch,
        ServiceOptions options,
        CancellationToken cancellation)
    {
        using ScratchSpace.Folder folder = scratch.Create();
        BraTSCase row = await Upload.ReadAsync(request, folder, cancellation).ConfigureAwait(false);
        using IDisposable worker = await line.WorkerAsync(cancellation).ConfigureAwait(false);
        ModelSlot.Loaded model = models.Current!; // there is one before the service listens
        return await Task.Run(() => Segment(model, row, folder, options, cancellation), cancellation).ConfigureAwait(false);
    }

    private static Answer Segment(
        ModelSlot.Loaded model, BraTSCase row, ScratchSpace.Folder folder, ServiceOptions options, CancellationToken cancellation)
    {
        SegmentedCase found;
        try
        {
            found = model.Segmenter.Segment(row, model.Segmenter.HasUncertainty, cancellation: cancellation);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
        {
            throw new RefusedException(StatusCodes.Status422UnprocessableEntity, folder.Hide(exception.Message));
        }

        string path = folder["segmentation.nii.gz"];
        VolumeFile.Write(path, found.Segmentation, VoxelType.UInt8);
        return new(
            found.Modalities.ToString(),
            found.Segmentation.LabelConvention!.Name,
            found.Millilitres.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value),
            found.Agreement?.Score,
            found.NeedsReview(options.ReviewBelow),
            [.. found.Warnings.Select(folder.Hide)],
            model.Sha256,
            File.ReadAllBytes(path));
    }

    private static IResult Refuse(int status, string reason) => Results.Problem(reason, statusCode: status);

    /// <summary>The answer; System.Text.Json writes the bytes of the segmentation in base 64.</summary>
    /// <param name="Modalities">The scans that were seen.</param>
    /// <param name="Labels">What the label values mean.</param>
    /// <param name="Millilitres">Volume by region.</param>
    /// <param name="Agreement">The mean Dice between the two networks over the regions, 0 to 1; null for a model with one network.</param>
    /// <param name="NeedsReview">Whether a person should look at the case before anybody uses it.</param>
    /// <param name="Warnings">What is unusual about the scans.</param>
    /// <param name="Model">SHA-256 of the model's zip.</param>
    /// <param name="Segmentation">A NIfTI file on the grid of the scans, compressed with gzip.</param>
    internal sealed record Answer(
        string Modalities,
        string Labels,
        IReadOnlyDictionary<string, double> Millilitres,
        double? Agreement,
        bool? NeedsReview,
        IReadOnlyList<string> Warnings,
        string Model,
        byte[] Segmentation)
    {
        public string Notice => SegmentEndpoint.Notice;
    }
}
