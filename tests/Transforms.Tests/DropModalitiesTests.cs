using Microsoft.ML;

namespace Smml.MLNet.Tests;

public sealed class DropModalitiesTests
{
    [Fact]
    public void It_keeps_the_contract() => StageContract.Holds<VolumeRow>(
        ml => ml.Transforms.DropModalities(ModalitySet.Of(Modality.T1, Modality.T2)),
        [
            new()
            {
                Flair = Volumes.Filled(1),
                T1ce = Volumes.Filled(2),
                T1 = Volumes.Filled(3),
                T2 = Volumes.Filled(4),
                Label = Volumes.Filled(5),
            },
            new() { T1 = Volumes.Filled(6) },
        ],
        refused: null,
        "Flair",
        "T1ce",
        "T1",
        "T2");

    [Fact]
    public void Each_of_the_15_subsets_is_what_stays()
    {
        MLContext ml = new();
        IDataView data = ml.Data.LoadFromEnumerable<VolumeRow>(
            [
                new()
                {
                    Flair = Volumes.Filled(1),
                    T1ce = Volumes.Filled(2),
                    T1 = Volumes.Filled(3),
                    T2 = Volumes.Filled(4),
                    Label = Volumes.Filled(5),
                },
            ]);
        foreach (ModalitySet subset in ModalitySet.Subsets)
        {
            ITransformer loaded = StageContract.SaveAndLoad(ml, new(), ml.Transforms.DropModalities(subset.Complement).Fit(data), null);
            VolumeRow row = StageContract.Rows(ml, loaded.Transform(data)).Single();
            Assert.Equal(
                subset, ModalitySet.Of([.. Enum.GetValues<Modality>().Where(modality => row.ToArray()[(int)modality] is not null)]));
            Assert.NotNull(row.Label);
        }
    }

    [Fact]
    public void Dropping_all_four_is_refused()
    {
        string message = Assert.Throws<ArgumentException>(() => new MLContext().Transforms.DropModalities(ModalitySet.All)).Message;
        Assert.Contains("at most three", message, StringComparison.Ordinal);
    }
}
