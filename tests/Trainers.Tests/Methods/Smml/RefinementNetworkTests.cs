using Smml.MLNet.Losses;
using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.Smml;

/// <summary>What the refinement network must not see and must not move.</summary>
public sealed class RefinementNetworkTests
{
    private const int Classes = 4;
    private const int Side = 16;

    [Fact]
    public void The_refinement_loss_moves_the_refinement_network_and_not_the_branch()
    {
        using Problem problem = new();
        Tensor logits = problem.Random(1, Classes).requires_grad_();
        Tensor refined = problem.Network.call(logits, problem.Input(ModalitySet.All));
        problem.Target.Compute(refined.softmax(1)).backward();
        Assert.True(
            logits.grad is null || logits.grad.abs().sum().item<float>() == 0, "the prediction got a gradient from the refinement loss");
        Assert.All(problem.Network.named_parameters(), pair =>
            Assert.True(pair.parameter.grad is { } gradient && gradient.isfinite().all().item<bool>(), $"{pair.name} got no gradient"));
    }

    [Fact]
    public void The_consistency_moves_the_branch_and_not_the_refinement_network()
    {
        using Problem problem = new();
        Tensor logits = problem.Random(1, Classes).requires_grad_();
        Tensor refined = problem.Network.call(logits, problem.Input(ModalitySet.All));
        RefinementConsistencyLoss.Compute(logits, refined).backward();
        Assert.True(logits.grad!.abs().sum().item<float>() > 0, "the prediction got no gradient");
        Assert.All(problem.Network.named_parameters(), pair => Assert.True(pair.parameter.grad is null, $"{pair.name} got a gradient"));
    }

    [Fact]
    public void A_cue_of_a_masked_modality_changes_nothing_not_even_as_NaN()
    {
        using Problem problem = new();
        Tensor logits = problem.Random(1, Classes);
        foreach (Modality modality in ModalitySet.All)
        {
            ModalitySet seen = ModalitySet.All.Except(ModalitySet.Of(modality));
            foreach (float other in new[] { 0, 7, float.NaN })
            {
                Tensor changed = problem.Cues.clone();
                using (Scalar value = other)
                    changed.select(2, (int)modality).fill_(value);
                RefinementNetwork.Input masked = problem.Input(seen),
                    same = problem.Input(seen, changed),
                    shown = problem.Input(ModalitySet.All, changed);
                Assert.True(
                    problem.Network.call(logits, masked).equal(problem.Network.call(logits, same)).all().item<bool>(),
                    $"the refined logits depend on {modality}, which is masked");
                Assert.False(
                    problem.Network.call(logits, problem.Input(ModalitySet.All))
                        .equal(problem.Network.call(logits, shown))
                        .all()
                        .item<bool>(),
                    $"the refined logits do not depend on {modality}");
            }
        }
    }

    [Fact]
    public void Weighted_cues_stand_modality_after_modality_and_a_masked_one_is_zero()
    {
        using Problem problem = new();
        Tensor weighted = problem.Network.WeightCues(problem.Input(ModalitySet.Of(Modality.Flair, Modality.T1)));
        Assert.Equal([1, 4 * Classes, Side, Side, Side], weighted.shape);
        for (int m = 0; m < 4; m++)
        {
            for (int k = 0; k < Classes; k++)
            {
                // A map times one number between 0 and 1.
                Tensor map = weighted[0, (m * Classes) + k], cue = problem.Cues[0, k, m];
                if (m is (int)Modality.Flair or (int)Modality.T1)
                {
                    float weight = (map.sum() / cue.sum()).item<float>();
                    Assert.InRange(weight, 0.001f, 0.999f);
                    Assert.True((cue * weight - map).abs().max().item<float>() < 1e-5f, $"map {k} of modality {m} is not its cue");
                }
                else
                {
                    Assert.Equal(0, map.abs().max().item<float>());
                }
            }
        }
    }

    /// <summary>A small network with random cues and labels.</summary>
    private sealed class Problem : IDisposable
    {
        private readonly DisposeScope _scope;
        private readonly Generator _random;

        public Problem()
        {
            TorchRuntime.EnsureAvailable();
            _scope = NewDisposeScope();
            TorchRuntime.Seed(3);
            _random = new Generator(5);
            Network = new(new() { RefinementChannels = 2 }, Classes);
            Network.eval(); // batch norm would let every sample and call depend on the one before
            Target = new(randint(0, Classes, [1, Side, Side, Side], dtype: ScalarType.Int64, generator: _random), Classes);
            Cues = rand([1, Classes, 4, Side, Side, Side], generator: _random);
        }

        public RefinementNetwork Network { get; }

        public SegmentationLoss Target { get; }

        /// <summary>(1, K, 4, X, Y, Z).</summary>
        public Tensor Cues { get; }

        public Tensor Random(int batch, int channels) => randn([batch, channels, Side, Side, Side], generator: _random);

        public RefinementNetwork.Input Input(ModalitySet seen, Tensor? cues = null) =>
            new(cues ?? Cues, tensor(ModalitySet.All.Select(seen.Contains).ToArray()).unsqueeze(0), Target.OneHot);

        public void Dispose()
        {
            Network.Dispose();
            _random.Dispose();
            _scope.Dispose();
        }
    }
}
