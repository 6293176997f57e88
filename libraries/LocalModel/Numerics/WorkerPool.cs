using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// Threads that share numbered pieces of work: each takes the next piece when it has finished one, so a thread that loses its
/// processor to someone else holds nobody up. They are threads of their own, at low priority, because training must not slow down
/// the requests that the same machine answers.
/// </summary>
internal sealed partial class WorkerPool : IDisposable
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _start = new(0);
    private readonly CountdownEvent _done = new(1);
    private Action<int, int>? _work;
    private int _count, _next;
    private ExceptionDispatchInfo? _failure;

    public WorkerPool(int threads, bool lowPriority)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _threads = [.. Enumerable.Range(0, threads).Select(worker => new Thread(() => Work(worker, lowPriority)) { IsBackground = true, Name = $"trainer {worker}" })];
        foreach (var thread in _threads) thread.Start();
    }

    public int Threads => _threads.Length;

    /// <summary>Runs <paramref name="work"/>(worker, piece) for each piece below <paramref name="count"/>, and returns when all are done.</summary>
    public void Run(int count, Action<int, int> work)
    {
        (_work, _count, _next, _failure) = (work, count, -1, null);
        _done.Reset(_threads.Length);
        _start.Release(_threads.Length);
        _done.Wait();
        _failure?.Throw();
    }

    public void Dispose()
    {
        _work = null;
        _start.Release(_threads.Length);
        foreach (var thread in _threads) thread.Join();
        _start.Dispose();
        _done.Dispose();
    }

    private void Work(int worker, bool lowPriority)
    {
        if (lowPriority) LowerPriority();
        while (true)
        {
            _start.Wait();
            if (_work is not { } work) return;
            try
            {
                while (Interlocked.Increment(ref _next) is var piece && piece < _count) work(worker, piece);
            }
            catch (Exception error)
            {
                // Carried to the caller of Run; the remaining pieces are pointless.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
                Interlocked.Exchange(ref _next, _count);
            }
            _done.Signal();
        }
    }

    // .NET's thread priority does nothing on Linux, where niceness belongs to a thread and 0 names the calling one. Niceness 5 is a
    // third of an ordinary thread's share: requests go first, and a training run on a crowded machine still moves.
    private static void LowerPriority()
    {
        if (OperatingSystem.IsLinux()) SetNiceness(which: 0, who: 0, niceness: 5);
        else Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetNiceness(int which, uint who, int niceness);
}
