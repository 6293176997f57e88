using System.Collections.Concurrent;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>
/// Starts processes from one thread that lives as long as this process. Linux sends a child its parent-death signal when the *thread*
/// that created it ends, and threads of the pool come and go.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<Action> Work = StartThread();

    public static Task<T> RunAsync<T>(Func<T> start)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try { done.SetResult(start()); }
            catch (Exception exception) { done.SetException(exception); }
        });
        return done.Task;
    }

    private static BlockingCollection<Action> StartThread()
    {
        var work = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
                action();
        })
        { IsBackground = true, Name = "spawner" }.Start();
        return work;
    }
}
