using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Smml.MLNet.Phantom;
using Smml.MLNet.Tests.CommandLine;

namespace Smml.MLNet.Tests.Packages;

[Collection(nameof(PackageCollection))]
public sealed class PackageConsumerTests(PackedLibraries packed, PackageConsumer consumer, TrainedModel trained)
    : IClassFixture<PackageConsumer>, IClassFixture<TrainedModel>
{
    [Fact]
    public void The_example_of_README_trains_saves_and_scores_with_the_packages()
    {
        Assert.Equal(2, ReadmeExample.Programs); // both run below
        string folder = Cases("example"), zip = Path.Combine(folder, "smml.zip");
        consumer.Train(folder);
        string table = consumer.Score(folder);
        Assert.Contains("Research use only", table);
        // the subsets
        Assert.Equal(
            15, table.Split('\n').Single(line => line.StartsWith("Flair", StringComparison.Ordinal)).Count(letter => letter is '●' or '○'));
        Assert.Equal(
            [$"smml.mlnet {packed.Version}", $"smml.mlnet.dataloaders {packed.Version}", $"smml.mlnet.transforms {packed.Version}"],
            consumer.Restored());
        Assert.Equal(ScoredByRepository(zip, folder), Voxels(Path.Combine(folder, "segmentations")));
    }

    [Fact]
    public void A_model_saved_by_the_repository_gives_the_same_voxels_with_the_packages()
    {
        string folder = Cases("loaded");
        File.Copy(trained.Zip, Path.Combine(folder, "smml.zip"));
        consumer.Score(folder);
        Assert.Equal(ScoredByRepository(trained.Zip, folder), Voxels(Path.Combine(folder, "segmentations")));
    }

    private string Cases(string name)
    {
        string folder = packed.Folder[name];
        PhantomOptions options = new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6), Layout = PhantomLayout.BraTS2020 };
        PhantomDataset.Write(Path.Combine(folder, "BraTS2020", "training"), 2, seed: 1, options);
        PhantomDataset.Write(Path.Combine(folder, "BraTS2020", "test"), 1, seed: 2, options);
        PhantomDataset.Write(Path.Combine(folder, "hospital"), 2, seed: 3, options, missing: index =>
            index == 0 ? ModalitySet.None : ModalitySet.Of(Modality.T1ce));
        return folder;
    }

    private static string[] ScoredByRepository(string zip, string folder)
    {
        string output = Path.Combine(folder, "expected");
        SmmlProcess.Done("score", zip, Path.Combine(folder, "hospital"), "--out", output);
        return Voxels(output);
    }

    // A line a case: the name of the file, its grid and the hash of its voxels.
    private static string[] Voxels(string folder)
    {
        string[] files = Directory.GetFiles(folder, "*_seg.nii.gz");
        Assert.Equal(2, files.Length);
        return [.. files.Order(StringComparer.Ordinal).Select(path =>
        {
            Volume volume = VolumeFile.Read(path);
            Assert.NotEqual(0, volume.Voxels.ToArray().Sum()); // an empty segmentation is equal to any other
            return $"{Path.GetFileName(path)} {volume.Grid} "
                + $"{Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(volume.Voxels)))}";
        })];
    }
}
