namespace FineTuneAspire.LocalProvider.Models;

/// <summary>A model as clients see it.</summary>
public sealed record ModelObject(string Id, string Object, long Created, string OwnedBy)
{
    public static ModelObject From(KnownModel model) => new(model.Id, "model", model.CreatedAt, model.IsTuned ? "user" : "system");
}

public sealed record ModelList(string Object, IReadOnlyList<ModelObject> Data);

public sealed record ModelDeleted(string Id, string Object, bool Deleted);
