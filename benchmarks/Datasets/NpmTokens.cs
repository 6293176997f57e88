using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace FineTuneAspire.Datasets.Benchmarks;

/// <summary>
/// npm's `tiktoken` (WebAssembly) and `tiktoken-rs-node-linux-x64-gnu` (native) in one Node.js process, one thread, asked one line at a time.
/// They are installed into `.data/bench/npm`, without their install scripts.
/// </summary>
internal sealed class NpmTokens : IDisposable
{
    public const string Wasm = "tiktoken", Native = "tiktoken-rs";
    private static readonly string[] Packages = ["tiktoken@1.0.22", "tiktoken-rs-node-linux-x64-gnu@1.0.6"];
    private readonly Process process;

    private NpmTokens(Process process) => this.process = process;

    /// <summary>Says on the console why there is no such peer, and returns null.</summary>
    public static NpmTokens? Start()
    {
        try
        {
            var folder = Path.Combine(Report.Folder(), "npm");
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "package.json"), """{"private": true}""");
            using (var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", .. Packages]) { WorkingDirectory = folder })!)
            {
                npm.WaitForExit();
                if (npm.ExitCode != 0)
                    throw new InvalidOperationException($"npm could not install {string.Join(' ', Packages)} in {folder}.");
            }

            File.Copy(Path.Combine(AppContext.BaseDirectory, "Peers", "tokens.cjs"), Path.Combine(folder, "tokens.cjs"), overwrite: true);
            var node = Process.Start(new ProcessStartInfo("node", ["tokens.cjs"]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true })!;
            if (node.StandardOutput.ReadLine() == "ready")
                return new NpmTokens(node);
            node.Dispose();
            Console.WriteLine("no peer tiktoken: node tokens.cjs ended, see above");
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException)
        {
            Console.WriteLine($"no peer tiktoken: {error.Message} (apt-get install nodejs npm)");
        }

        return null;
    }

    /// <returns>Processor seconds for counting the texts of <see cref="Load"/>, and the count of each.</returns>
    public (double Seconds, int[] Counts) Count(string package)
    {
        var file = Path.GetTempFileName();
        try
        {
            var answer = JsonDocument.Parse(Ask($"count {package} {file}")).RootElement;
            return (answer.GetProperty("seconds").GetDouble(), [.. File.ReadLines(file).Select(int.Parse)]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    public void Load(IEnumerable<string> texts)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, texts.Select(text => JsonSerializer.Serialize(text)));
            Ask($"load {file}");
        }
        finally
        {
            File.Delete(file);
        }
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private string Ask(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        return process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The peer ended, see above.");
    }
}
