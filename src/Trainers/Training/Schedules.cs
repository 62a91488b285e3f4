namespace Smml.MLNet.Training;

/// <summary>Learning rates by epoch, counted from 0; a rate is set once per epoch, before its first step.</summary>
internal static class Schedules
{
    /// <summary>initial * (1 - epoch / epochs)^0.9, rounded to eight decimals, as RFNet, mmFormer, SMML and MCTSeg were released.</summary>
    public static double Poly(double initial, int epoch, int epochs) =>
        Math.Round(ExactPoly(initial, epoch, epochs), 8);

    /// <summary>initial * (1 - epoch / epochs)^0.9, as U-Net-MFI was released.</summary>
    public static double ExactPoly(double initial, int epoch, int epochs) => initial * Math.Pow(1 - ((double)epoch / epochs), 0.9);

    /// <summary>initial * (1 + cos(pi * epoch / epochs)) / 2, as M3AE was released.</summary>
    public static double Cosine(double initial, int epoch, int epochs) => initial * (1 + Math.Cos(Math.PI * epoch / epochs)) / 2;
}
