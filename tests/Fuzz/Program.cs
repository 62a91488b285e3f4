using System.Text;
using SharpFuzz;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Fuzz;

/// <summary>Gives hostile bytes to the readers. Typed refusals are right; anything else that is thrown, and memory beyond what the bytes
/// can justify, ends the process.</summary>
internal static class Program
{
    private static readonly string s_folder = Directory.CreateTempSubdirectory("smml-fuzz-").FullName;

    /// <summary><c>nifti</c>, <c>pair</c>, <c>metaimage</c>, <c>detached</c>, <c>header</c> or <c>weights</c>; with files behind it these
    /// are tried once each, without a fuzzer.</summary>
    public static int Main(string[] args)
    {
        Action<byte[]> target = args.FirstOrDefault() switch
        {
            "nifti" => bytes => Read("a.nii", bytes),
            "pair" => Pair,
            "metaimage" => bytes => Read("a.mha", bytes),
            "detached" => Detached,
            "header" => Header,
            "weights" => Weights,
            _ => throw new ArgumentException("Name a target: nifti, pair, metaimage, detached, header or weights.", nameof(args)),
        };
        if (args.Length > 1)
        {
            foreach (string file in args[1..])
                target(File.ReadAllBytes(file));
            Console.WriteLine($"{args.Length - 1} files, nothing but typed refusals");
            return 0;
        }

        Fuzzer.Run(stream =>
        {
            using MemoryStream memory = new();
            stream.CopyTo(memory);
            target(memory.ToArray());
        });
        return 0;
    }

    private static void Pair(byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(s_folder, "p.img"), bytes);
        Read("p.hdr", bytes);
    }

    private static void Detached(byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(s_folder, "voxels.raw"), bytes);
        Read("d.mhd", bytes);
    }

    private static void Read(string name, byte[] bytes)
    {
        string path = Path.Combine(s_folder, name);
        File.WriteAllBytes(path, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Volume volume = VolumeFile.Read(path);
            if (volume.Voxels.Length != volume.Shape.Count)
                throw new InvalidOperationException("The shape does not fit the voxels.");
        }
        catch (Exception e) when (e is VolumeFormatException or FileNotFoundException)
        {
            if (e.Message.Length is 0 or > 2000)
                throw new InvalidOperationException($"The message has {e.Message.Length} characters.", e);
        }

        // Deflate makes at most 1032 bytes of one, and a stored byte becomes a float.
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before,
            justified = (2L << 20) + (bytes.LongLength * 1033 * sizeof(float));
        if (allocated > justified)
            throw new InvalidOperationException($"{allocated} bytes were allocated for {bytes.Length} bytes of input.");
    }

    private static void Weights(byte[] bytes)
    {
        string path = Path.Combine(s_folder, "w.pth");
        File.WriteAllBytes(path, bytes);
        try
        {
            foreach (StateDict weights in StateDicts.Find(WeightFile.Open(path)))
            {
                foreach ((string name, StoredTensor tensor) in weights.Tensors)
                {
                    if (tensor.ElementType != ElementType.Unsupported)
                        weights.ReadSingles(name, convertIntegers: true);
                }
            }
        }
        catch (CheckpointFormatException)
        {
        }
    }

    private static void Header(byte[] bytes)
    {
        try
        {
            StageHeader header = StageHeader.Parse(Encoding.UTF8.GetString(bytes).AsMemory());
            header.Read<CropForegroundOptions>("crop-foreground");
        }
        catch (InvalidDataException)
        {
        }
    }
}
