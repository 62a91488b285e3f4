using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using Smml.MLNet.CueGeneration;

namespace Smml.MLNet.Tests.SamMed3D;

/// <summary>The way without this library's cue stage: ML.NET's own <c>ApplyOnnxModel</c> on the joint graph.
/// The documentation shows this chain.</summary>
public sealed class StockOnnxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Stock_ApplyOnnxModel_runs_the_joint_graph()
    {
        OnnxRuntimeEnvironment.Initialize();
        SamMed3DGraphs.Link(SamFixture.Checkpoint(_folder), SamFixture.Tiny);
        MLContext ml = new(seed: 1);
        Prompt[] prompts =
        [
            new()
            {
                Image = SamFixture.Array("image").ToSingle(),
                MaskInput = new float[16 * 16 * 16],
                PointCoords = SamFixture.Array("point_coords").ToSingle(),
                PointLabels = SamFixture.Array("point_labels").ToSingle(),
            },
        ];
        IDataView rows = ml.Data.LoadFromEnumerable(prompts);
        OnnxScoringEstimator stage = ml.Transforms.ApplyOnnxModel(new OnnxOptions
        {
            ModelFile = _folder["sam_tiny.joint.onnx"],
            InputColumns = ["image", "mask_input", "point_coords", "point_labels"],
            OutputColumns = ["logits", "low_res_logits", "iou"],
            FallbackToCpu = true,
            IntraOpNumThreads = 1,
        });
        using OnnxTransformer model = stage.Fit(rows);
        Found found = ml.Data.CreateEnumerable<Found>(model.Transform(rows), reuseRowObject: false).Single();
        Assert.InRange(SamFixture.Difference(found.LowResLogits, SamFixture.Array("low_res_logits")), 0, 1e-5f);
        Assert.Equal(32 * 32 * 32, found.Logits.Length);
        float[] enlarged = new float[32 * 32 * 32];
        CubeMath.Enlarge(found.LowResLogits, 32, enlarged);
        for (int i = 0; i < enlarged.Length; i++)
            Assert.Equal(enlarged[i], found.Logits[i], 1e-5f);
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Prompt
    {
        [ColumnName("image")]
        [VectorType(1, 1, 32, 32, 32)]
        public float[] Image { get; set; } = [];

        [ColumnName("mask_input")]
        [VectorType(1, 1, 16, 16, 16)]
        public float[] MaskInput { get; set; } = [];

        // Of variable length: the number of points is the graph's one dynamic axis.
        [ColumnName("point_coords")]
        public float[] PointCoords { get; set; } = [];

        [ColumnName("point_labels")]
        public float[] PointLabels { get; set; } = [];
    }

    private sealed class Found
    {
        [ColumnName("logits")]
        public float[] Logits { get; set; } = [];

        [ColumnName("low_res_logits")]
        public float[] LowResLogits { get; set; } = [];
    }
}
