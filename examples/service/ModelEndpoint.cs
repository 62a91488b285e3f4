namespace Smml.MLNet.Service;

/// <summary>What the service says about its model.</summary>
internal static class ModelEndpoint
{
    /// <summary>Which model answers.</summary>
    public static IResult Describe(ModelSlot models)
    {
        if (models.Current is not { } current)
            return Results.Problem("No model is loaded yet.", statusCode: StatusCodes.Status503ServiceUnavailable);
        SegmentationModelInfo info = current.Segmenter.Model;
        return Results.Json(new
        {
            current.Sha256,
            method = info.Method.Title,
            labels = info.LabelConvention,
            subsets = current.Segmenter.Subsets.Select(subset => subset.ToString()),
            hasUncertainty = current.Segmenter.HasUncertainty,
            fault = models.Fault,
            notice = SegmentEndpoint.Notice,
        });
    }

    /// <summary>Whether requests can be answered. A new file that cannot be used does not make the service unready; it is said.</summary>
    public static IResult Ready(ModelSlot models) => models.Current is null
        ? Results.Text("no model", statusCode: StatusCodes.Status503ServiceUnavailable)
        : Results.Text(models.Fault is null ? "ready" : "ready with the earlier model; the changed file cannot be used");
}
