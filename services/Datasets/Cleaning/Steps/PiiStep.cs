namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`pii`: personal data by form and checksum: addresses of e-mail and machines, telephone, account and card numbers, national ids.</summary>
internal sealed class PiiStep : RedactingStep
{
    public const string Type = "pii";
    private static readonly string[] AllKinds = ["email", "iban", "card", "ip", "national_id", "phone"];
    private readonly HashSet<string> kinds;
    private readonly PhoneFinder phones;
    private readonly NationalIdFinder nationalIds;

    public PiiStep(StepOptions options) : base(options)
    {
        kinds = [.. options.Texts("kinds", AllKinds, AllKinds.Length, AllKinds)];
        phones = new PhoneFinder(options.Texts("phone_regions", [], 20, [.. PhoneFinder.Regions]));
        nationalIds = new NationalIdFinder(options.Texts("national_ids", NationalIdFinder.Names, 100, [.. NationalIdFinder.Names]));
    }

    protected override void Find(string text, List<Finding> findings)
    {
        // What has a checksum or an own form comes before what is only digits.
        if (kinds.Contains("email"))
            EmailFinder.Find(text, findings);
        if (!text.AsSpan().ContainsAnyInRange('0', '9'))
        {
            if (kinds.Contains("ip"))
                IpFinder.Find(text, findings);
            return;
        }

        if (kinds.Contains("iban"))
            AccountFinder.FindIbans(text, findings);
        if (kinds.Contains("card"))
            AccountFinder.FindCards(text, findings);
        if (kinds.Contains("ip"))
            IpFinder.Find(text, findings);
        if (kinds.Contains("national_id"))
            nationalIds.Find(text, findings);
        if (kinds.Contains("phone"))
            phones.Find(text, findings);
    }
}
