using System.CommandLine;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml sam link FILE</c>: ONNX graphs of SAM-Med3D whose weights stay in the user's checkpoint.</summary>
internal static class SamCommand
{
    public static Command Create()
    {
        Argument<string> checkpoint = Arguments.ExistingFile(
            "FILE", "The published checkpoint, for example sam_med3d_turbo.pth", "Download it from its authors; this program never does.");
        Command link =
            new Command("link", "Write encoder, decoder and joint graph as ONNX beside a checkpoint; the weights stay in it") { checkpoint }
                .Does((arguments, terminal, _) =>
                {
                    string path = arguments.GetRequiredValue(checkpoint);
                    (string encoder, string decoder) = SamMed3DGraphs.Link(path);
                    terminal.Result(encoder);
                    terminal.Result(decoder);
                    terminal.Result(Path.ChangeExtension(path, ".joint.onnx"));
                    terminal.Note("The graphs read their weights from the checkpoint: keep all four files in one folder.");
                    return ExitCode.Done;
                });
        return new Command("sam", "Prepare SAM-Med3D, which makes semantic cues for training") { link };
    }
}
