using FineTuneAspire.Datasets.Cleaning;

namespace FineTuneAspire.Datasets.Tests.Cleaning;

/// <summary>Cases by the rules of Unicode Standard Annex 15.</summary>
public sealed class CanonicalCompositionTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]                                  // the angstrom sign is never composed again
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]                    // marks in canonical order
    [InlineData("\u1E0B\u0323", "\u1E0D\u0307")]                      // decomposed, ordered, composed otherwise
    [InlineData("e\u030D\u0301", "e\u030D\u0301")]                   // a mark of the same class stands between: blocked
    [InlineData("e\u0325\u0301", "\u00E9\u0325")]                    // one of a lower class does not block
    [InlineData("s\u0323\u0307", "\u1E69")]                           // two steps of composition
    [InlineData("\u0958", "\u0915\u093C")]                            // excluded from composition
    [InlineData("\u09C7\u09BE", "\u09CB")]                            // composes with a second letter of class 0
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]                      // Hangul syllable of three
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\u0301e", "\u0301e")]                                // a mark without a letter
    [InlineData("\U00011099\U000110BA", "\U0001109A")]                // Kaithi, beyond the basic plane
    [InlineData("\uD800e\u0301\uDC00", "\uD800\u00E9\uDC00")]         // lone surrogates stay
    public void Composes(string text, string composed)
    {
        Assert.Equal(composed, CanonicalComposition.Compose(text).ToString());
        Assert.Equal(composed, CanonicalComposition.Compose(composed).ToString());
    }
}
