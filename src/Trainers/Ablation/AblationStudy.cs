using Microsoft.ML;
using Microsoft.ML.Runtime;
using Smml.MLNet.Studies;
using Smml.MLNet.Tables;

namespace Smml.MLNet.Ablation;

/// <summary>Trains and scores the rows of an ablation one after another.</summary>
internal static class AblationStudy
{
    private const string TableName = "ablation.csv";

    public static AblationReport Run(
        MLContext context, IEstimator<ITransformer> preparation, IDataView training, IDataView heldOut, AblationOptions options)
    {
        if (options.Folder is { } target) // before hours of training
            TableFile.Check(Path.Combine(target, TableName), AblationReport.Header);
        int seed = options.Training.Seed ?? ((IHostEnvironment)context).Register(nameof(AblationStudy)).Rand.Next(); // one for all rows
        SmmlTrainerOptions shared = options.Training with { Seed = seed };
        Dictionary<string, SmmlAblation> rows = options.Rows.ToDictionary(row => row.Key);
        StudyPlan plan = new()
        {
            Preparation = preparation,
            Training = training,
            HeldOut = heldOut,
            Evaluation = options.Evaluation,
            Folder = options.Folder,
            CueProvider = options.CueProvider,
            CueSource = options.CueSource,
            EntryDone = done =>
            {
                if (options.Folder is { } folder)
                    Report(done).SaveCsv(Path.Combine(folder, TableName));
            },
            Progress = now => options.Progress?.Report(new()
            {
                Row = rows[now.Entry.Key],
                RowsDone = now.Done,
                Rows = now.Total,
                Training = now.Training,
                Evaluation = now.Evaluation,
            }),
            CancellationToken = options.CancellationToken,
        };
        StudyEntry[] entries = [.. options.Rows.Select(row => new StudyEntry(row.Key, row.Name, row.Apply(shared), row.Refinement))];
        return Report(new Study(context, entries, plan).Run());

        AblationReport Report(IEnumerable<StudyResult> done) =>
            new([
                .. done.Select(one => new AblationResult
                {
                    Row = rows[one.Entry.Key],
                    Model = one.Model,
                    Report = one.Report,
                    IsKept = one.IsKept,
                    Refused = one.Refused,
                }),
            ]);
    }
}
