using System.Text;
using Microsoft.AspNetCore.Http;

namespace FineTuneAspire.ServiceDefaults.Errors;

/// <summary>Refuses paths and queries that hold U+0000 or are no Unicode text: no id can contain them, and PostgreSQL answers them with an error.</summary>
internal sealed class StorableTextMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (IsStorable(context.Request.Path.Value) && context.Request.Query.All(pair => IsStorable(pair.Key) && pair.Value.All(IsStorable)))
            return next(context);
        return ApiError.BadRequest("The URL contains a character that is not valid text (U+0000 or invalid UTF-8).", code: "invalid_url").ExecuteAsync(context);
    }

    private static bool IsStorable(string? text)
    {
        if (text is null)
            return true;
        foreach (var rune in text.EnumerateRunes())
        {
            // EnumerateRunes yields U+FFFD for a lone surrogate; Kestrel's decoder leaves such a surrogate or U+FFFD for bad UTF-8.
            if (rune.Value == 0 || rune == Rune.ReplacementChar)
                return false;
        }

        return true;
    }
}
