using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;

namespace Smml.MLNet.Tests.Persistence;

/// <summary>Models that were saved in the first format, with byte vectors in value mappings, still load; this
/// test writes one as it was written then.</summary>
public sealed class LegacyModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_model_of_the_first_format_still_scores()
    {
        MLContext ml = new(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(TinyProblem.Rows(2));
        using SegmentationTransformer model = ml.Segmentation.Trainers
            .Smml(new SmmlTrainerOptions
            {
                Architecture = TinyProblem.Architecture,
                Epochs = 1,
                BatchSize = 2,
                Seed = 7,
                Losses = TinyProblem.FusedOnly,
            })
            .Fit(data);
        Volume[] expected = Segment(ml, model, data);
        ml.Model.Save(FirstFormat(ml, model).Fit(data), null, _folder["old.zip"]);

        MLContext other = new(seed: 2);
        ITransformer loaded = other.Model.Load(_folder["old.zip"], out _);
        Assert.Equal(model.Info.WeightsSha256, other.Segmentation.Describe(loaded).WeightsSha256);
        Volume[] found = Segment(other, loaded, data);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(expected[i].Voxels.SequenceEqual(found[i].Voxels));
        Assert.DoesNotContain(
            loaded.Transform(data).Schema, column => column.Name.StartsWith("__smml", StringComparison.Ordinal) && !column.IsHidden);
    }

    public void Dispose() => _folder.Dispose();

    private static Volume[] Segment(MLContext ml, ITransformer model, IDataView data) =>
        [.. ml.Data.CreateEnumerable<Scored>(model.Transform(data), reuseRowObject: false).Select(row => row.Segmentation!)];

    private static EstimatorChain<ITransformer> FirstFormat(MLContext ml, SegmentationTransformer model)
    {
        TransformsCatalog catalog = ml.Transforms;
        StageSeedFactory seed = new();
        byte[] bytes = MemoryMarshal.AsBytes(ModelReader.Find(model).ReadWeights().AsSpan(0, (int)model.Info.WeightCount)).ToArray();
        List<string> temporaries =
        [
            StageColumns.One, StageColumns.NoVolume, StageColumns.NoText, StageColumns.NoBytes, StageColumns.Header, StageColumns.Need,
            StageColumns.Blob,
        ];
        EstimatorChain<ITransformer> chain = new EstimatorChain<ITransformer>()
            .Append<ITransformer>(catalog.StatefulCustomMapping(seed.GetMapping(), seed.GetStateInitAction(), StageSeedFactory.Contract))
            .Append<ITransformer>(catalog.Conversion.MapValue(
                StageColumns.Header,
                new KeyValuePair<uint, string>[] { new(1, StageHeader.Create(SegmentStage.Name, model.Info).Json) },
                StageColumns.One))
            .Append<ITransformer>(catalog.CustomMapping(new LegacyGateFactory().GetMapping(), "smml.segment.gate/1"));
        List<string> names = [];
        for (int start = 0; start < bytes.Length; start += 100_000)
        {
            byte[] part = bytes[start..Math.Min(bytes.Length, start + 100_000)];
            IDataView table = ml.Data.LoadFromEnumerable([new Part { Key = 1, Bytes = new(part.Length, part) }]);
            names.Add(StageColumns.Chunk + names.Count);
            chain = chain.Append<ITransformer>(catalog.Conversion.MapValue(
                names[^1], table, table.Schema["Key"], table.Schema["Bytes"], StageColumns.Need));
        }

        chain = chain.Append<ITransformer>(catalog.Concatenate(StageColumns.Blob, [.. names]));
        foreach (string modality in Enum.GetNames<Modality>())
            chain = chain.Append<ITransformer>(catalog.CopyColumns(StageColumns.In + modality, modality));
        return chain
            .Append<ITransformer>(catalog.CustomMapping(new LegacySegmentFactory().GetMapping(), "smml.segment/1"))
            .Append<ITransformer>(catalog.CopyColumns("Segmentation", SegmentOutput.Column))
            .Append<ITransformer>(catalog.DropColumns([
                .. temporaries,
                .. names,
                SegmentOutput.Column,
                .. Enum.GetNames<Modality>().Select(modality => StageColumns.In + modality),
            ]));
    }

    private sealed class Part
    {
        public uint Key { get; set; }

        [VectorType]
        public VBuffer<byte> Bytes { get; set; }
    }

    private sealed class Scored
    {
        public Volume? Segmentation { get; set; }
    }
}
