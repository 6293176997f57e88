using MassTransit;

namespace FineTuneAspire.Messaging;

/// <summary>Knows whether every queue of this process has been declared since it started; the bus calls itself healthy a little before.</summary>
internal sealed class BusReadiness : IBusObserver
{
    private volatile Task _ready = Task.FromException(new InvalidOperationException("Not started."));

    public bool IsReady => _ready.IsCompletedSuccessfully;

    public Task PostStart(IBus bus, Task<BusReady> busReady)
    {
        _ready = busReady;
        return Task.CompletedTask;
    }

    public void PostCreate(IBus bus) { }
    public void CreateFaulted(Exception exception) { }
    public Task PreStart(IBus bus) => Task.CompletedTask;
    public Task StartFaulted(IBus bus, Exception exception) => Task.CompletedTask;
    public Task PreStop(IBus bus) => Task.CompletedTask;
    public Task PostStop(IBus bus) => Task.CompletedTask;
    public Task StopFaulted(IBus bus, Exception exception) => Task.CompletedTask;
}
