using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.Persistence;
using Smml.MLNet.Training;
using TorchSharp;

namespace Smml.MLNet;

/// <summary>Trains SMML: two mmFormer students on differently masked inputs that teach each other (AAAI 2025); or one, see <see cref="SmmlArchitecture.BranchCount"/>.</summary>
/// <remarks>
/// <para>Input: four <see cref="Volume"/> columns (null = missing) and a label column, as <c>LoadVolumes</c>, <c>CropForeground</c> and
/// <c>NormalizeIntensity</c> make them; optionally a column of <see cref="SemanticCues"/>. The device follows <c>MLContext.GpuDeviceId</c> and
/// <c>FallbackToCpu</c>: without a GPU id training runs on the CPU.</para>
/// <para>Loss terms are logged once an epoch to <c>MLContext.Log</c> (source <c>SmmlTrainer; Fit</c>).</para>
/// </remarks>
public sealed class SmmlTrainer : IEstimator<SmmlTransformer>
{
    private readonly MLContext _context;
    private readonly SmmlTrainerOptions _options;

    /// <summary>Makes a trainer.</summary>
    /// <exception cref="ArgumentException">Options are out of range; the message lists every one.</exception>
    public SmmlTrainer(MLContext context, SmmlTrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _options = options ?? new();
        _options.Validate();
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        StageInputs.Check(TrainingColumns(), inputSchema);
        CheckCues(inputSchema.Any(column => column.Name == _options.CueColumnName && column.ItemType is SemanticCuesDataViewType));
        StageHeader header = StageHeader.Create(SmmlStage.Name, new object());
        return SmmlStage.Describe(header, StageWeights.Resident, _options.Columns, _options.OutputColumnName)
            .Build(_context.Transforms, new SegmentFactory()).GetOutputSchema(inputSchema);
    }

    /// <summary>Trains on every row that can be used; the data view is read once. A case that cannot be is left out and told in the log as an error, an odd one as a warning.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type; cues too, where the options require them.</exception>
    /// <exception cref="InvalidOperationException">There is no row, two cases follow different label conventions, training diverged, or the folder for checkpoints holds
    /// one of another training, or one that was not to be resumed.</exception>
    /// <exception cref="InvalidDataException">No case can be used; the message names the first ones with their reasons. Or no checkpoint in the folder is whole.</exception>
    /// <exception cref="IOException">The folder for checkpoints cannot be used, or a checkpoint could not be written; those before it are whole. Or a case that does not fit the memory could not be written.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled before the first step. Later it ends training with a usable model.</exception>
    /// <exception cref="TorchBackendMissingException">The application references no native backend.</exception>
    public SmmlTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Check(input.Schema);
        IHost host = ((IHostEnvironment)_context).Register(nameof(SmmlTrainer));
        using IChannel channel = host.Start(nameof(Fit));
        IReadOnlyList<torch.Device> devices = _options.GpuDeviceIds is { } ids
            ? TorchRuntime.ResolveDevices(ids, _options.Architecture.BranchCount, _context.FallbackToCpu)
            : [.. Enumerable.Repeat(TorchRuntime.ResolveDevice(_context.GpuDeviceId, _context.FallbackToCpu), _options.Architecture.BranchCount)];
        TrainingLog? log = _options.LogFolder is { } folder ? new(folder, channel) : null;
        using IChannel keeper = host.Start("Checkpoints");
        using TrainingCheckpoints? checkpoints = _options.Checkpoints is { } kept ? new(kept, keeper) : null; // a folder that is of no use ends training before any case is read
        int seed = _options.Seed ?? checkpoints?.Seed ?? host.Rand.Next();

        foreach (string line in _options.ToString().Split('\n'))
            channel.Info(MessageSensitivity.None, "{0}", line);
        using CaseSource cases = new(input, _options, channel);
        channel.Info(MessageSensitivity.None, "{0} cases ({1}), {2}; architecture {3}, window {4}, device {5}, seed {6}", cases.Count, cases.Convention,
            cases.Place, _options.Architecture.Name, _options.Architecture.Patch, string.Join(" and ", devices.Select(device => device.ToString()).Distinct(StringComparer.Ordinal)), seed);
        if (!cases.HasCues && _options.Losses.UsesRefinement)
            channel.Info(MessageSensitivity.None, "No column '{0}' with semantic cues: the refinement network (SRN, equations 10 and 11) is off.", _options.CueColumnName);

        using ValidationRun? validation = _options.Validation is null ? null : new(_options, cases.Convention, channel);
        if (validation is not null)
            channel.Info(MessageSensitivity.None, "{0} validation cases, scored every {1} epochs with {2}", validation.Count, _options.Validation!.EveryEpochs, string.Join(", ", _options.Validation.Subsets));

        using DisposeScope scope = torch.NewDisposeScope();
        using TrainingLoop loop = new(_options, cases, devices, seed, checkpoints, validation, log);
        TrainingResult result = loop.Run(progress => Tell(progress, channel));
        if (result.StopReason == StopReason.Cancelled)
            channel.Info(MessageSensitivity.None, "Training was cancelled after {0} epochs, {1} steps; the model has the weights of {2}.", result.EpochsDone, result.StepsDone,
                result.WeightsEpoch is { } epoch ? $"epoch {epoch}" : "the last step");

        SmmlModelInfo info = Describe(cases, loop, seed, devices[0], result);
        foreach (SmmlBranch branch in loop.Branches)
            branch.DetachFromScope();
        return new(_context, input, new SmmlEngine(info, loop.Branches, devices[0])) { History = [.. loop.History] };
    }

    private static void Tell(TrainingProgress progress, IChannel channel)
    {
        channel.Info(MessageSensitivity.None, "Epoch {0} of {1}, learning rate {2}: {3}", progress.Epoch, progress.Epochs, progress.LearningRate.ToString("g3", CultureInfo.InvariantCulture),
            string.Join(", ", progress.EpochLosses.Select(term => string.Create(CultureInfo.InvariantCulture, $"{term.Key} {term.Value:0.0000}"))));
        if (progress.Validation is { } scores)
            channel.Info(MessageSensitivity.None, "Validation after epoch {0}: mean Dice WT {1:0.000}, TC {2:0.000}, ET {3:0.000}", progress.Epoch, scores.Mean(ScoredRegion.WholeTumor), scores.Mean(ScoredRegion.TumorCore), scores.Mean(ScoredRegion.EnhancingTumor));
    }

    /// <summary>Checks the columns of training data.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type.</exception>
    internal void Check(DataViewSchema schema)
    {
        StageInputs.Check(TrainingColumns(), schema);
        CheckCues(schema.GetColumnOrNull(_options.CueColumnName)?.Type is SemanticCuesDataViewType);
    }

    private void CheckCues(bool present)
    {
        if (_options.RequireCues && !present)
        {
            throw new ArgumentException(
                $"The refinement network (SRN) needs semantic cues, and the training data have no column '{_options.CueColumnName}' of them. Append ml.Transforms.GenerateCues(provider) with TransformerScope.TrainTest before the trainer (to the same chain: a chain inside a chain hides such columns), name the column in CueColumnName, or train without SRN.");
        }
    }

    private SmmlModelInfo Describe(CaseSource cases, TrainingLoop loop, int seed, torch.Device device, TrainingResult result)
    {
        (long count, string hash) = SmmlWeights.Describe(loop.Branches);
        return new()
        {
            LibraryVersion = SmmlStage.LibraryVersion,
            Architecture = _options.Architecture,
            LabelConvention = cases.Convention.Name,
            Overlap = _options.Overlap,
            TrainingCases = cases.Count,
            Epochs = _options.Epochs,
            StepsPerEpoch = loop.StepsPerEpoch,
            BatchSize = _options.BatchSize,
            LearningRate = _options.LearningRate,
            Seed = seed,
            Losses = _options.Losses,
            TrainedWithCues = loop.Refines,
            FinalLosses = loop.Losses,
            WeightsSha256 = hash,
            WeightCount = count,
            Columns = _options.Columns,
            OutputColumnName = _options.OutputColumnName,
            Training = result,
            DataDescription = _options.DataDescription,
            ScansPerModality = ModalitySet.All.ToDictionary(modality => modality.ToString(), cases.ScansOf),
            GradientAccumulation = _options.GradientAccumulation,
            Precision = _options.Precision,
            WeightDecay = _options.WeightDecay,
            ConsistencyStartEpoch = _options.ConsistencyStart,
            Augmentation = _options.Augmentation,
            Fidelity = _options.Fidelity,
            Validation = loop.Validation,
            TrainingSeconds = loop.Elapsed.TotalSeconds,
            Environment = ModelEnvironment.Current(device),
        };
    }

    // What training reads, for the check of the schema.
    private StageDescription TrainingColumns() => new()
    {
        Header = StageHeader.Create("train SMML", new object()),
        Inputs = _options.Columns.Named(StageColumns.In, withLabel: true),
        Outputs = [],
    };
}
