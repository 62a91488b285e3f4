using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;

namespace Smml.MLNet.Tests;

/// <summary>Another process for the persistence tests: loads a model as any ML.NET program would and prints a line a case.</summary>
internal static class Program
{
    /// <summary>Scores the cases of a manifest.</summary>
    /// <param name="args">The model zip and the manifest.</param>
    public static void Main(string[] args)
    {
        MLContext ml = new(seed: 99);
        ITransformer model = ml.Model.Load(args[0], out _);
        IDataView scored = model.Transform(ml.Data.CreateBraTSManifestLoader().Load(args[1]));
        foreach (Row row in ml.Data.CreateEnumerable<Row>(scored, reuseRowObject: false))
            Console.Out.WriteLine(
                $"{row.CaseId} {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(row.Segmentation!.Voxels)))}");
    }

    /// <summary>What is read of a scored row.</summary>
    private sealed class Row
    {
        public string CaseId { get; set; } = "";

        public Volume? Segmentation { get; set; }
    }
}
