using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FineTuneAspire.LocalModel.Benchmarks;

/// <summary>
/// OpenBLAS through numpy (Debian: python3-numpy and libopenblas0) in a process of its own, one thread, with its AVX-512 kernels asked
/// for by name: version 0.3.21 takes newer processors for Haswell and would be half as fast.
/// </summary>
internal sealed class NumpyPeer : IDisposable
{
    private const string Script = """
        import sys, time
        import numpy as np
        print("ready", flush=True)
        for line in sys.stdin:
            form, m, n, k, repeats = line.split()
            m, n, k, repeats = int(m), int(n), int(k), int(repeats)
            a = np.full((k, m), 0.5, np.float32).T if form[0] == "T" else np.full((m, k), 0.5, np.float32)
            b = np.full((n, k), 0.25, np.float32).T if form[1] == "T" else np.full((k, n), 0.25, np.float32)
            c = np.empty((m, n), np.float32)
            np.matmul(a, b, out=c)
            start = time.process_time()
            for _ in range(repeats):
                np.matmul(a, b, out=c)
            print(2.0 * m * n * k * repeats / (time.process_time() - start) / 1e9, flush=True)
        """;

    // apt installs numpy for the system's Python, which a version manager may hide on the PATH.
    private const string DebianPython = "/usr/bin/python3";

    private readonly Process _process;

    private NumpyPeer(Process process) => _process = process;

    public static NumpyPeer? Start(out string whyNot)
    {
        var start = new ProcessStartInfo(File.Exists(DebianPython) ? DebianPython : "python3") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        start.Environment["OPENBLAS_CORETYPE"] = "SkylakeX";
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        try
        {
            var process = Process.Start(start)!;
            if (process.StandardOutput.ReadLine() == "ready")
            {
                whyNot = "";
                return new NumpyPeer(process);
            }
            whyNot = process.StandardError.ReadToEnd().Trim().Split('\n')[^1] + " (apt-get install python3-numpy libopenblas0)";
            process.Dispose();
        }
        catch (Win32Exception error)
        {
            whyNot = $"python3 does not start: {error.Message}";
        }
        return null;
    }

    /// <returns>GFLOP per processor-second.</returns>
    public double Gemm(string form, int m, int n, int k, int repeats)
    {
        _process.StandardInput.WriteLine($"{form} {m} {n} {k} {repeats}");
        _process.StandardInput.Flush();
        return double.Parse(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The numpy process ended."), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
