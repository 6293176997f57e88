using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FineTuneAspire.LocalModel.Benchmarks;

/// <summary>
/// A peer in a Python process of its own, one thread, asked one line at a time. Both peers compute with OpenBLAS, whose AVX-512 kernels are asked
/// for by name: version 0.3.21 takes newer processors for Haswell and would be half as fast.
/// </summary>
internal sealed class PythonPeer : IDisposable
{
    // apt installs packages for the system's Python, which a version manager may hide on the PATH.
    private const string DebianPython = "/usr/bin/python3";

    private readonly Process _process;

    private PythonPeer(Process process) => _process = process;

    /// <summary>Runs Peers/<paramref name="script"/>; says on the console why there is no such peer, and returns null.</summary>
    /// <param name="packages">What apt has to install for it.</param>
    public static PythonPeer? Start(string script, string packages)
    {
        var start = new ProcessStartInfo(File.Exists(DebianPython) ? DebianPython : "python3", [Path.Combine(AppContext.BaseDirectory, "Peers", script)])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["OPENBLAS_CORETYPE"] = "SkylakeX";
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        start.Environment["OMP_NUM_THREADS"] = "1";
        string whyNot;
        try
        {
            var process = Process.Start(start)!;
            if (process.StandardOutput.ReadLine() == "ready")
                return new PythonPeer(process);
            whyNot = $"{process.StandardError.ReadToEnd().Trim().Split('\n')[^1]} (apt-get install {packages})";
            process.Dispose();
        }
        catch (Win32Exception error)
        {
            whyNot = $"python3 does not start: {error.Message}";
        }

        Console.WriteLine($"no peer {script}: {whyNot}");
        return null;
    }

    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public double Ask(string line)
    {
        Tell(line);
        return double.Parse(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The peer ended: {_process.StandardError.ReadToEnd()}"), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
