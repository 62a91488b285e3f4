using Smml.MLNet.Methods.MctSeg;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.MctSeg;

public sealed class FeatureDistillationTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public FeatureDistillationTests() => TorchRuntime.EnsureAvailable();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Features_of_scans_that_a_sample_does_not_have_are_not_distilled()
    {
        Tensor[] teacher = Maps(0), flair = Maps(1), other = Maps(10);
        Tensor available = tensor(new[] { true, false, false, false, true, true, false, false }, [2, 4]);
        float loss = FeatureDistillation.Compute(teacher, [flair, other, other, other], available, detach: false).item<float>();
        Assert.Equal((3 * 1) + (3 * 10), loss); // three levels; T1ce of the second sample only

        // The first sample of T1ce may be anything.
        foreach (Tensor map in other)
            map[0].fill_(float.NaN);
        Assert.Equal(loss, FeatureDistillation.Compute(teacher, [flair, other, other, other], available, detach: false).item<float>());

        static Tensor[] Maps(double value) => [.. Enumerable.Range(0, 5).Select(level => full([2, 2, 2, 2, 2], value))];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_detached_teacher_does_not_move_towards_the_modalities(bool detach)
    {
        Tensor[] teacher = Maps(), student = Maps();
        FeatureDistillation.Compute(teacher, [student, student, student, student], ones([1, 4], ScalarType.Bool), detach).backward();
        Assert.All(student[2..], map => Assert.True(map.grad!.abs().sum().item<float>() > 0));
        Assert.All(teacher[2..], map => Assert.Equal(detach, map.grad is null));
        Assert.All(student[..2].Concat(teacher[..2]), map => Assert.Null(map.grad));

        static Tensor[] Maps() => [.. Enumerable.Range(0, 5).Select(level => randn([1, 2, 2, 2, 2]).requires_grad_(true))];
    }
}
