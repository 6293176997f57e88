using System.Diagnostics;

namespace FineTuneAspire.TestKit;

/// <summary>Waits for a fact with a deadline, instead of sleeping and hoping.</summary>
public static class Eventually
{
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <param name="fact">Asked again and again; an exception flies at once.</param>
    /// <param name="because">Completes the sentence "It was not true within … that".</param>
    public static async Task True(Func<Task<bool>> fact, TimeSpan? timeout = null, string because = "the fact holds")
    {
        var start = Stopwatch.GetTimestamp();
        var limit = timeout ?? Default;
        var pause = TimeSpan.FromMilliseconds(5);
        while (!await fact())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
                throw new TimeoutException($"It was not true within {limit.TotalSeconds:0.#} s that {because}.");
            await Task.Delay(pause);
            if (pause < TimeSpan.FromMilliseconds(100))
                pause *= 1.5;
        }
    }

    /// <inheritdoc cref="True(Func{Task{bool}}, TimeSpan?, string)"/>
    public static Task True(Func<bool> fact, TimeSpan? timeout = null, string because = "the fact holds") => True(() => Task.FromResult(fact()), timeout, because);

    /// <summary>Waits until the value is as wanted and returns it; the error tells the last one seen.</summary>
    public static async Task<T> Value<T>(Func<Task<T>> read, Func<T, bool> wanted, TimeSpan? timeout = null, string because = "the value is as wanted")
    {
        T value = default!;
        try
        {
            await True(async () => wanted(value = await read()), timeout, because);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} Last seen: {value}", exception);
        }

        return value;
    }

    /// <summary>Waits until the value equals the expected one.</summary>
    public static Task Equal<T>(T expected, Func<Task<T>> read, TimeSpan? timeout = null) =>
        Value(read, value => EqualityComparer<T>.Default.Equals(value, expected), timeout, $"the value is {expected}");
}
