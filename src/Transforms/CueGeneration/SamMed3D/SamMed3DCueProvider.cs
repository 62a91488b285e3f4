using System.Buffers;
using System.Diagnostics;
using Smml.MLNet.Checksums;
using Smml.MLNet.CueGeneration;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet;

/// <summary>Makes cues with SAM-Med3D (Wang et al. 2023): for each scan one run of the encoder, for each class and click one run of the
/// decoder.</summary>
/// <remarks>
/// <para>The weights are the user's: the published <c>sam_med3d_turbo.pth</c>, never downloaded by this library. SAM-Med3D saw BraTS in its
/// own training, so its cues are not those of an unseen data set; and clicks at the expert's voxels make them stronger than anything that
/// scoring could have. They enter training only.</para>
/// <para>One cube a case, centred on the tumour, is seen by the network; what lies outside gets no cue.</para>
/// </remarks>
public sealed class SamMed3DCueProvider : ICueProvider, IDisposable
{
    private readonly SamMed3DCueOptions _options;
    private readonly SamMed3DArchitecture _architecture;
    private readonly Lazy<SamMed3DNetwork> _network;
    private readonly Lazy<string> _modelHash;
    private readonly CueCache? _cache;
    private bool _isDisposed;

    private SamMed3DCueProvider(string[] files, Func<SamMed3DNetwork> open, SamMed3DArchitecture architecture, SamMed3DCueOptions options)
    {
        options.Validate();
        (_options, _architecture) = (options, architecture);
        _network = new(open);
        _modelHash = new(() => Sha256.HexOfFiles(files));
        _cache = options.CacheFolder is null ? null : new(options.CacheFolder);
    }

    /// <summary>Checks a checkpoint; the network itself is loaded with the first case that is not in the cache.</summary>
    /// <param name="path">The published checkpoint (<c>.pth</c>, architecture vit_b_ori).</param>
    /// <param name="options">Prompt, clicks, cache; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged, of an older format, or of another network.</exception>
    public static SamMed3DCueProvider FromCheckpoint(string path, SamMed3DCueOptions? options = null) =>
        FromCheckpoint(path, SamMed3DArchitecture.Published, options);

    /// <summary>Takes two ONNX files, for example those of <c>smml sam link</c>.</summary>
    /// <param name="encoderPath">The encoder: image to image_embedding.</param>
    /// <param name="decoderPath">The decoder: image_embedding, mask_input, point_coords, point_labels to low_res_logits and iou.</param>
    /// <param name="options">Prompt, clicks, cache; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static SamMed3DCueProvider FromOnnx(string encoderPath, string decoderPath, SamMed3DCueOptions? options = null) =>
        FromOnnx(encoderPath, decoderPath, SamMed3DArchitecture.Published, options);

    internal static SamMed3DCueProvider FromCheckpoint(string path, SamMed3DArchitecture architecture, SamMed3DCueOptions? options)
    {
        StateDict checkpoint = SamMed3DWeights.Open(path);
        foreach (string graph in new[] { "encoder", "decoder" })
            GraphLinker.Link(architecture.ReadGraph(graph), checkpoint); // refuses another network now, not with the first case
        SamMed3DCueOptions used = options ?? new();
        return new([path], () => SamMed3DNetwork.FromCheckpoint(path, architecture, used.Threads), architecture, used);
    }

    internal static SamMed3DCueProvider FromOnnx(
        string encoderPath, string decoderPath, SamMed3DArchitecture architecture, SamMed3DCueOptions? options)
    {
        foreach (string path in new[] { encoderPath, decoderPath })
        {
            if (!File.Exists(path))
                throw new FileNotFoundException($"{path}: there is no such file. Give the ONNX files, or make them with 'smml sam link "
                    + "sam_med3d_turbo.pth'.", path);
        }

        SamMed3DCueOptions used = options ?? new();
        SamMed3DNetwork Open() => SamMed3DNetwork.FromGraphs(encoderPath, decoderPath, architecture, used.Threads);
        return new([encoderPath, decoderPath], Open, architecture, used);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The provider was disposed.</exception>
    /// <exception cref="CheckpointFormatException">The network cannot be loaded.</exception>
    public SemanticCues Generate(CueCase source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        RegionOfInterest? region = RegionOfInterest.Around(
            source.Grid, [.. source.Classes.Select(index => index > 0)], _architecture.Side, _options.Spacing);
        if (region is null)
        {
            _options.Log?.Invoke($"{source.Name}: no tumour voxel in the label; its cues are zero.");
            return new(
                source.Grid.Shape, source.Convention.ClassCount, new byte[]?[source.Convention.ClassCount * ModalitySet.ModalityCount]);
        }

        CueLogits logits = Find(source, region, cancellationToken);
        CueMaps maps = new(source.Grid.Shape, source.Convention.ClassCount);
        int voxels = source.Classes.Length;
        float[] probability = ArrayPool<float>.Shared.Rent(voxels);
        for (int i = 0; i < logits.Maps.Length; i++)
        {
            if (logits.Maps[i] is not { } map)
                continue;
            cancellationToken.ThrowIfCancellationRequested();
            region.Paste([.. map.Select(value => (float)value)], probability);
            byte[] bytes = new byte[voxels];
            for (int voxel = 0; voxel < voxels; voxel++)
                bytes[voxel] = CueMaps.ToByte(probability[voxel]);
            maps.Set(i / ModalitySet.ModalityCount, (Modality)(i % ModalitySet.ModalityCount), bytes);
        }

        ArrayPool<float>.Shared.Return(probability);

        return maps.ToCues();
    }

    /// <summary>Gives the network's memory back.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (_network.IsValueCreated)
            _network.Value.Dispose();
    }

    // Also a fresh result goes through half precision, so that a cached run trains on the same numbers.
    private CueLogits Find(CueCase source, RegionOfInterest region, CancellationToken cancellationToken)
    {
        string key = _cache is null ? "" : CueKey.Of(_modelHash.Value, _options, source);
        string path = _cache?.PathOf(source.Name, key) ?? "", reason = "computed";
        if (_cache is not null)
        {
            if (CueCache.Read(path, key, out string? problem) is { } kept)
            {
                _options.Log?.Invoke($"{source.Name}: cues taken from the cache.{RemarksOf(kept)}");
                return kept;
            }

            reason = problem is null ? "computed" : $"rebuilt, for the cached entry cannot be used ({problem})";
        }

        long start = Stopwatch.GetTimestamp();
        CueLogits fresh = Compute(source, region, cancellationToken);
        _cache?.Write(path, key, fresh);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _options.Log?.Invoke(FormattableString.Invariant($"{source.Name}: cues {reason} in {seconds:0.0} s.{RemarksOf(fresh)}"));
        return fresh;
    }

    private CueLogits Compute(CueCase source, RegionOfInterest region, CancellationToken cancellationToken)
    {
        int classCount = source.Convention.ClassCount, side = _architecture.Side;
        List<string> remarks = [];
        if (region.CutsTumor)
        {
            remarks.Add(FormattableString.Invariant(
                $"The tumour is larger than the cube of {side * _options.Spacing:0} mm; what lies outside has no cue."));
        }

        Half[]?[] maps = new Half[]?[classCount * ModalitySet.ModalityCount];
        bool[]?[] targets = [.. Enumerable.Range(0, classCount).Select(index => index == 0 ? null : Cube(region, source.Classes, index))];
        bool[]?[] predicted =
        [
            .. Enumerable.Range(0, classCount)
                .Select(index => index == 0 || source.PredictedClasses is null ? null : Cube(region, source.PredictedClasses, index)),
        ];
        for (int index = 1; index < classCount; index++)
        {
            if (Array.IndexOf(targets[index]!, true) < 0)
                remarks.Add($"The class '{source.Convention.ClassNames[index]}' has no voxel.");
        }

        long name = source.Name.Aggregate(17L, (hash, letter) => unchecked((hash * 31) + letter));
        foreach (Modality modality in ModalitySet.All)
        {
            if (source[modality] is not { } scan)
                continue;
            cancellationToken.ThrowIfCancellationRequested();
            float[] image = region.Extract(scan), embedding = _network.Value.Encode(image);
            for (int index = 1; index < classCount; index++)
            {
                CuePromptRequest Request(int click, bool[]? found) => new()
                {
                    Side = side,
                    Image = image,
                    Target = targets[index]!,
                    Predicted = predicted[index],
                    Found = found,
                    ClassIndex = index,
                    Modality = modality,
                    Seed = (long)SplitMix64.ForKey(name, index, (int)modality, click).NextUInt64(),
                };
                maps[(index * ModalitySet.ModalityCount) + (int)modality] = Click(embedding, Request);
            }
        }

        return new() { ClassCount = classCount, Side = _architecture.LowSide, Maps = maps, Remarks = remarks };
    }

    // Each click is given with the mask of the one before, as in training; the first with a mask of zeros.
    private Half[]? Click(float[] embedding, Func<int, bool[]?, CuePromptRequest> request)
    {
        int low = _architecture.LowSide;
        float[] logits = new float[low * low * low];
        bool any = false;
        for (int i = 0; i < _options.Clicks; i++)
        {
            bool[]? found = any ? Mask(logits) : null;
            if (_options.Prompt.Next(request(i, found)) is not { } click)
                break;
            (logits, _) = _network.Value.Decode(embedding, logits, [click]);
            any = true;
        }

        return any ? [.. logits.Select(value => (Half)value)] : null;
    }

    private bool[] Mask(float[] logits)
    {
        float[] enlarged = new float[_architecture.Side * _architecture.Side * _architecture.Side];
        CubeMath.Enlarge(logits, _architecture.Side, enlarged);
        return [.. enlarged.Select(value => value > 0)];
    }

    private static bool[] Cube(RegionOfInterest region, byte[] classes, int index) =>
        region.Extract([.. classes.Select(value => value == index)]);

    private static string RemarksOf(CueLogits logits) => logits.Remarks.Count == 0 ? "" : " " + string.Join(' ', logits.Remarks);
}
