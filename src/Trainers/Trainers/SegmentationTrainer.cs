using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Smml.MLNet.Cases;
using Smml.MLNet.Distributed;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.Persistence;
using Smml.MLNet.Training;
using TorchSharp;

namespace Smml.MLNet;

/// <summary>Trains a segmentation method; each has a trainer of its own with the method's options.</summary>
/// <remarks>
/// <para>Input: four <see cref="Volume"/> columns (null = missing) and a label column, as <c>LoadVolumes</c>, <c>CropForeground</c> and
/// <c>NormalizeIntensity</c> make them; for SMML optionally a column of <see cref="SemanticCues"/>. The device follows
/// <c>MLContext.GpuDeviceId</c> and <c>FallbackToCpu</c>: without a GPU id training runs on the CPU.</para>
/// <para>Loss terms are logged once per epoch to <c>MLContext.Log</c> (source
/// <c>SmmlTrainer; Fit</c>, or the name of the other trainer).</para>
/// </remarks>
public abstract class SegmentationTrainer : IEstimator<SegmentationTransformer>
{
    private readonly MLContext _context;
    private readonly SegmentationTrainerOptions _options;

    private protected SegmentationTrainer(MLContext context, SegmentationTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _options = options;
        _options.Validate();
    }

    /// <summary>The settings.</summary>
    public SegmentationTrainerOptions Options => _options;

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        StageInputs.Check(TrainingColumns(), inputSchema);
        CheckCues(inputSchema.Any(column => column.Name == _options.CueColumn && column.ItemType is SemanticCuesDataViewType));
        StageHeader header = StageHeader.Create(SegmentStage.Name, new object());
        return SegmentStage.Describe(header, StageWeights.Resident, _options.Cases.Columns, _options.Output.ColumnName)
            .Build(_context.Transforms, new SegmentFactory()).GetOutputSchema(inputSchema);
    }

    /// <summary>Trains on every row that can be used; the data view is read once. A case that cannot be used is left out and logged as an
    /// error (see <see cref="TrainingResult.Refused"/>); what is unusual about a case is logged as a warning.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type; cues too, where the options require them.</exception>
    /// <exception cref="InvalidOperationException">There is no row, two cases follow different label conventions, training diverged, the
    /// model to start from is of another method or of other sizes, or the folder for checkpoints holds one of another training, or one that
    /// was not to be resumed.</exception>
    /// <exception cref="InvalidDataException">No case can be used; the message names the first ones with their reasons. Or no checkpoint in
    /// the folder is whole.</exception>
    /// <exception cref="IOException">The folder for checkpoints cannot be used, or a checkpoint could not be written; those before it are
    /// whole. Or a case that does not fit the memory could not be written.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled before the first step. Later it ends training
    /// with a usable model.</exception>
    /// <exception cref="TorchBackendMissingException">The application references no native backend.</exception>
    /// <exception cref="MpiUnavailableException">Training was to be spread with MPI, and no MPI library can be used.</exception>
    public SegmentationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Check(input);
        IHost host = ((IHostEnvironment)_context).Register(_options.GetType().Name.Replace("Options", "", StringComparison.Ordinal));
        using IChannel channel = host.Start(nameof(Fit));
        (int Count, string Variable) launched = ShardEnvironment.OfProcess.Launched() ?? (1, "");
        if (_options.Distribution is not { } distribution)
        {
            if (launched.Count > 1)
                channel.Warning(
                    MessageSensitivity.None,
                    "{0} processes were started together ({1}), and each trains a model of its own. "
                    + "SegmentationTrainerOptions.Distribution makes them train one model.",
                    launched.Count,
                    launched.Variable);
            return Fit(input, host, channel, TrainingRanks.Alone);
        }

        MpiSession session = MpiSession.Start();
        try
        {
            TrainingRanks ranks = TrainingRanks.Join(session, _options.Method.Title, _options.CoupledBranches, launched.Count);
            channel.Info(MessageSensitivity.None, "Rank {0} of {1}, {2}", session.World.Rank, session.World.Size, session.Description);
            return Fit(input, host, channel, ranks);
        }
        catch
        {
            session.Fail(distribution.AbortAfter);
            throw;
        }
    }

    private SegmentationTransformer Fit(IDataView input, IHost host, IChannel channel, TrainingRanks ranks)
    {
        IReadOnlyList<torch.Device> devices = _options.GpuDeviceIds is { } ids
            ? TorchRuntime.ResolveDevices(ids, _options.Network.NetworkCount, _context.FallbackToCpu)
            : [
                .. Enumerable.Repeat(
                    TorchRuntime.ResolveDevice(
                        ranks.AreSeveral ? TorchRuntime.DeviceOf(_context.GpuDeviceId, MpiRuntime.LocalRank) : _context.GpuDeviceId,
                        _context.FallbackToCpu),
                    _options.Network.NetworkCount),
            ];
        SegmentationTrainerOptions options =
            _options with { Precision = BFloat16Hardware.Resolve(_options.Precision, devices[0].type) };
        if (BFloat16Hardware.Warning(options.Precision, BFloat16Hardware.Of(devices[0].type)) is { } warning)
            channel.Warning(MessageSensitivity.None, warning);
        TrainingLog? log = ranks.IsFirst && options.Output.LogFolder is { } folder ? new(folder, channel) : null;
        using IChannel keeper = host.Start("Checkpoints");
        // a folder that is of no use ends training before any case is read
        using TrainingCheckpoints? checkpoints = ranks.IsFirst && options.Checkpoints is { } kept ? new(kept, keeper) : null;
        int first = ranks.OfFirst(() => options.Seed ?? checkpoints?.Seed ?? host.Rand.Next()), seed = options.Seed ?? first;

        foreach (string line in options.ToString().Split('\n'))
            channel.Info(MessageSensitivity.None, "{0}", line);
        using CaseSource cases = new(
            input,
            options.Cases,
            options.CueColumn,
            channel,
            fingerprints: options.Checkpoints is not null || ranks.AreSeveral,
            cancellation: options.CancellationToken);
        channel.Info(
            MessageSensitivity.None,
            "{0} cases ({1}), {2}; architecture {3}, window {4}, device {5}, seed {6}",
            cases.Count,
            cases.Convention,
            cases.Place,
            options.Network.Name,
            options.Network.Patch,
            string.Join(" and ", devices.Select(device => device.ToString()).Distinct(StringComparer.Ordinal)),
            seed);
        if (!cases.HasCues && options.CueColumn is { } cueColumn)
            channel.Info(
                MessageSensitivity.None,
                "No column '{0}' with semantic cues: the refinement network (SRN, equations 10 and 11) is off.",
                cueColumn);

        using ValidationRun? validation = !ranks.IsFirst || options.Validation is null ? null : new(options, cases.Convention, channel);
        if (validation is not null)
            channel.Info(
                MessageSensitivity.None,
                "{0} validation cases, scored every {1} epochs with {2}",
                validation.Count,
                options.Validation!.EveryEpochs,
                string.Join(", ", options.Validation.Subsets));

        using DisposeScope scope = torch.NewDisposeScope();
        int stepsPerEpoch = options.StepsPerEpoch
            ?? (int)Math.Ceiling((double)cases.Count / (options.BatchSize * options.GradientAccumulation));
        TorchRuntime.Seed(seed);
        using TrainingMethod method = SegmentationMethods.Of(options)
            .CreateTraining(options, new(cases.Convention, devices, cases.HasCues)
            {
                Scans = [.. cases.Cases.Select(one => one.Available)],
                Ranks = ranks,
            });
        ModelStart? start = StartingWeights.Apply(options, method, cases.Convention);
        if (start is not null)
            channel.Info(MessageSensitivity.None, "Training begins {0}", start);
        using TrainingState state = new(options, method, stepsPerEpoch, seed);
        JsonObject settings = CheckpointSettings.Of(options, method, cases.Convention, stepsPerEpoch);
        RankAgreement.Check(ranks, options, state, settings, cases.Fingerprints);
        checkpoints?.Begin(state, settings, cases.Fingerprints);
        state.Share(ranks);
        using SampleFeed feed = new(FeedSettings.Of(options, method, stepsPerEpoch, seed), cases.Cases, options.CancellationToken);
        TrainingLoop loop = new(options, state, feed, checkpoints, validation, log, ranks);
        TrainingResult result = loop.Run(progress => Report(progress, channel)).WithRefused(cases.Refused);
        if (ranks.AreSeveral)
            channel.Info(MessageSensitivity.None, "{0:0.0} MB were sent to other processes", ranks.BytesSent / 1e6);
        if (result.StopReason == StopReason.Cancelled)
            channel.Info(
                MessageSensitivity.None,
                "Training was cancelled after {0} epochs, {1} steps; the model has the weights of {2}.",
                result.EpochsDone,
                result.StepsDone,
                result.WeightsEpoch is { } epoch ? $"epoch {epoch}" : "the last step");

        SegmentationModelInfo info = Describe(options, cases, state, loop, result, start);
        foreach (SegmentationNetwork network in method.Networks)
            network.DetachFromScope();
        return new(_context, input, new TorchEngine(info, method.Networks, devices[0]), result) { History = [.. state.History] };
    }

    private static void Report(TrainingProgress progress, IChannel channel)
    {
        channel.Info(
            MessageSensitivity.None,
            "Epoch {0} of {1}, learning rate {2}: {3}",
            progress.Epoch,
            progress.Epochs,
            progress.LearningRate.ToString("g3", CultureInfo.InvariantCulture),
            string.Join(
                ", ",
                progress.EpochLosses.Select(loss => string.Create(CultureInfo.InvariantCulture, $"{loss.Label} {loss.Value:0.0000}"))));
        if (progress.Validation is { } scores)
            channel.Info(
                MessageSensitivity.None,
                "Validation after epoch {0}: mean Dice WT {1:0.000}, TC {2:0.000}, ET {3:0.000}",
                progress.Epoch,
                scores.Mean(ScoredRegion.WholeTumor),
                scores.Mean(ScoredRegion.TumorCore),
                scores.Mean(ScoredRegion.EnhancingTumor));
    }

    /// <summary>Checks the columns of training data.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type.</exception>
    internal void Check(IDataView data)
    {
        StageInputs.Check(TrainingColumns(), data);
        CheckCues(_options.CueColumn is { } name && data.Schema.GetColumnOrNull(name)?.Type is SemanticCuesDataViewType);
    }

    private void CheckCues(bool present)
    {
        if (_options.CuesAreRequired && !present)
        {
            throw new ArgumentException(
                $"The refinement network (SRN) needs semantic cues, and the training data have no column '{_options.CueColumn}' of them. "
                + "Append ml.Transforms.GenerateCues(provider) with TransformerScope.TrainTest before the trainer (to the same chain: "
                + "a chain inside a chain hides such columns), name the column in CueColumnName, or train without SRN.");
        }
    }

    private static SegmentationModelInfo Describe(
        SegmentationTrainerOptions options,
        CaseSource cases,
        TrainingState state,
        TrainingLoop loop,
        TrainingResult result,
        ModelStart? start)
    {
        (long count, string hash) = NetworkWeights.Describe(state.Networks);
        return new()
        {
            LibraryVersion = ModelEnvironment.LibraryVersion,
            Architecture = options.Network,
            LabelConvention = cases.Convention.Name,
            Overlap = options.Output.Overlap,
            TrainingCases = cases.Count,
            Epochs = options.Epochs,
            StepsPerEpoch = state.StepsPerEpoch,
            BatchSize = options.BatchSize,
            LearningRate = options.Optimizer.LearningRate,
            Seed = state.Seed,
            Losses = options.Objective,
            TrainedWithCues = state.Method.UsesCues,
            FinalLosses = loop.Losses.ToDictionary(loss => loss.Label, loss => loss.Value),
            WeightsSha256 = hash,
            WeightCount = count,
            Columns = options.Cases.Columns,
            OutputColumnName = options.Output.ColumnName,
            Training = result,
            DataDescription = options.Output.DataDescription,
            ScansPerModality = ModalitySet.All.ToDictionary(modality => modality.ToString(), cases.ScansOf),
            GradientAccumulation = options.GradientAccumulation,
            Precision = options.Precision,
            WeightDecay = options.Optimizer.WeightDecay,
            ConsistencyStartEpoch = options.WarmUpEnd,
            Augmentation = options.Augmentation,
            Fidelity = options.Fidelity,
            Validation = loop.Validation,
            TrainingSeconds = state.Elapsed.TotalSeconds,
            Environment = ModelEnvironment.Current(state.Device),
            Start = start,
        };
    }

    // What training reads, for the check of the schema.
    private StageDescription TrainingColumns() => new()
    {
        Header = StageHeader.Create($"train {_options.Method.Title}", new object()),
        Inputs = _options.Cases.Columns.Named(StageColumns.In, withLabel: true),
        Outputs = [],
    };
}
