using System.ComponentModel.DataAnnotations;
using FineTuneAspire.LocalModel;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.LocalProvider.Models;

/// <summary>Section `ModelCache`.</summary>
public sealed class ModelCacheOptions
{
    public const string Section = "ModelCache";

    /// <summary>How many models are kept in memory for chat; the one unused for longest goes first. A model of 1M parameters takes about 5 MB.</summary>
    [Range(1, 1000, ErrorMessage = "ModelCache:Capacity must be from 1 to 1000.")]
    public int Capacity { get; set; } = 8;
}

/// <summary>Loaded models, least recently used out first. A model is only read, so one that is put out goes on serving those who hold it.</summary>
public sealed class ModelCache(IOptions<ModelCacheOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _loaded = [];
    private long _uses;

    /// <summary>The model in a folder, loaded once however many ask at the same time. A load that failed is tried again by the next caller.</summary>
    public Task<LanguageModel> GetAsync(KnownModel model, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_loaded.TryGetValue(model.Folder, out var entry) || entry.Model.IsFaulted)
            {
                // Not the caller's token: others may be waiting for the same load.
                entry = new Entry(Task.Run(() => LanguageModel.Load(model.Folder), CancellationToken.None));
                _loaded[model.Folder] = entry;
            }

            entry.LastUse = ++_uses;
            while (_loaded.Count > options.Value.Capacity)
                _loaded.Remove(_loaded.MinBy(pair => pair.Value.LastUse).Key);
            return entry.Model.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Forgets a model that is being deleted.</summary>
    public void Evict(string folder)
    {
        lock (_gate)
            _loaded.Remove(folder);
    }

    private sealed class Entry(Task<LanguageModel> model)
    {
        public Task<LanguageModel> Model { get; } = model;
        public long LastUse { get; set; }
    }
}
