using System.Text;
using Smml.MLNet.CommandLine;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return (int)Application.Run(args);
