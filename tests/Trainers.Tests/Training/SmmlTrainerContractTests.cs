using Smml.MLNet.Tests.Persistence;

namespace Smml.MLNet.Tests.Training;

public sealed class SmmlTrainerContractTests
{
    [Fact]
    public void The_trainer_keeps_the_contract_of_every_stage() => StageContract.Holds<VolumeRow, ScoredRow>(
        ml => ml.Segmentation.Trainers.Smml(TrainedChain.Options(seed: 31)),
        [Row(TinyProblem.Row(0)), Row(TinyProblem.Row(1, ModalitySet.Of(Modality.T1ce)))],
        new(),
        "Flair",
        "T1ce",
        "T1",
        "T2",
        "Label");

    private static VolumeRow Row(TinyRow row) =>
        new() { CaseId = row.CaseId, Flair = row.Flair, T1ce = row.T1ce, T1 = row.T1, T2 = row.T2, Label = row.Label };

    private sealed class ScoredRow : IVolumeRow
    {
        public string CaseId { get; set; } = "";

        public Volume? Flair { get; set; }

        public Volume? T1ce { get; set; }

        public Volume? T1 { get; set; }

        public Volume? T2 { get; set; }

        public Volume? Label { get; set; }

        public Volume? Segmentation { get; set; }

        public Volume?[] ToArray() => [Flair, T1ce, T1, T2, Label, Segmentation];
    }
}
