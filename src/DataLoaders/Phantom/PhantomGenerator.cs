using Smml.MLNet.Volumes;

namespace Smml.MLNet.Phantom;

/// <summary>Makes synthetic brain-tumour cases: no patient's data, but the same contrasts, classes and pitfalls as BraTS.</summary>
/// <remarks>A case depends on its seed and options only, never on the number of threads. The tumour enhances in T1ce only and its oedema is
/// bright in Flair and T2, so a network that lacks a modality loses what a real one would lose. For tests and teaching; a model trained on
/// phantoms is of no clinical use.</remarks>
public static class PhantomGenerator
{
    /// <summary>Makes one case.</summary>
    /// <param name="seed">Which case.</param>
    /// <param name="options">Shape, spacing, grade and label values; null for 240x240x155 at 1 mm.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static PhantomCase Generate(long seed, PhantomOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        Head head = new(seed, options.Grade);
        TissueMap map = new(head, options, cancellationToken);
        VolumeGrid grid = options.MakeGrid();
        Volume[] images = new Volume[ModalitySet.ModalityCount];
        foreach (Modality modality in ModalitySet.All)
            images[(int)modality] = new(grid, new Scanner(seed, modality).Scan(map, options, head, cancellationToken))
            {
                LabelConvention = options.Labels,
            };
        Volume label = options.Labels.ToVolume(map.Labels, images[0]);
        return new(
            seed,
            head.Tumor.Grade,
            [.. images.Select(Finish)],
            Finish(label));

        Volume Finish(Volume volume) => PhantomOrientation.Apply(volume, options.Orientation).WithOrigin(VolumeOrigin.Phantom);
    }
}
