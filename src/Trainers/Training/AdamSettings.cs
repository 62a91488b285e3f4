namespace Smml.MLNet.Training;

/// <summary>The constants of Adam; epsilon is 1e-8, as in every published training of this field.</summary>
/// <param name="WeightDecay">Coupled L2 decay: it is added to the gradient.</param>
/// <param name="AmsGrad">Whether the largest squared gradient so far scales the step (Reddi et al. 2018).</param>
/// <param name="Beta1">Decay of the mean of gradients.</param>
/// <param name="Beta2">Decay of the mean of squared gradients.</param>
internal sealed record AdamSettings(double WeightDecay, bool AmsGrad = true, double Beta1 = 0.9, double Beta2 = 0.999);
