using Microsoft.Extensions.Configuration;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

public class ApiKeySettingsTests
{
    private const string Hash = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"; // of "hello"
    private const string PlainText = "tbk_oFH0cPQyKr3vJ8n2Zs5XwTqLmB7dGe1aUi9RkYxN4Vc";

    [Fact]
    public void A_key_is_read_with_all_that_it_says()
    {
        var key = Read(
            "Name=billing", $"Hash={Hash.ToUpperInvariant()}", "Permissions:0=VIEW_TASKS", "Permissions:1=CREATE_TASKS,CANCEL_TASKS",
            "ExpiresAt=2030-01-01T00:00:00Z").Find("hello");

        Assert.NotNull(key);
        Assert.Equal("billing", key.Name);
        Assert.Equal(["CANCEL_TASKS", "CREATE_TASKS", "VIEW_TASKS"], key.Permissions.Order(StringComparer.Ordinal));
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), key.ExpiresAt);
    }

    [Fact]
    public void A_star_stands_for_every_permission_and_no_expiry_for_never()
    {
        var key = Read("Name=all", $"Hash={Hash}", "Permissions=*").Find("hello");

        Assert.Equal(Permissions.All.ToHashSet(), key!.Permissions);
        Assert.Null(key.ExpiresAt);
    }

    [Fact]
    public void Without_a_list_or_with_an_empty_one_there_are_no_keys()
    {
        Assert.False(Read().AreConfigured);
        Assert.False(
            ApiKeySettings.Read(new ConfigurationBuilder().AddJsonStream(new MemoryStream("""{"TasksBus":{"ApiKeys":[]}}"""u8.ToArray()))
                .Build()).AreConfigured);
    }

    [Theory]
    [InlineData("Name must be", $"Hash={Hash}", "Permissions=*")]
    [InlineData("Name must be", "Name=", $"Hash={Hash}", "Permissions=*")]
    [InlineData("Name must be", "Name=a b", $"Hash={Hash}", "Permissions=*")]
    [InlineData("Name must be", $"Name={PlainText}", $"Hash={Hash}", "Permissions=*")]
    [InlineData("Hash is missing", "Name=a", "Permissions=*")]
    [InlineData("in plain text", "Name=a", $"Hash={PlainText}", "Permissions=*")]
    [InlineData("64 hex digits", "Name=a", $"Hash=sha256:{PlainText}", "Permissions=*")]
    [InlineData("64 hex digits", "Name=a", $"Hash={Hash}0", "Permissions=*")]
    [InlineData("Permissions is missing", "Name=a", $"Hash={Hash}")]
    [InlineData("Permissions is missing", "Name=a", $"Hash={Hash}", "Permissions= , ")]
    [InlineData("no permission: VIEW_TASK.", "Name=a", $"Hash={Hash}", "Permissions=VIEW_TASK")]
    [InlineData("no permission: view_tasks.", "Name=a", $"Hash={Hash}", "Permissions:0=VIEW_TASKS", "Permissions:1=view_tasks")]
    [InlineData("no permission.", "Name=a", $"Hash={Hash}", $"Permissions={PlainText}")]
    [InlineData("ExpiresAt must be", "Name=a", $"Hash={Hash}", "Permissions=*", "ExpiresAt=soon")]
    [InlineData("ExpiresAt must be", "Name=a", $"Hash={Hash}", "Permissions=*", "ExpiresAt=")]
    [InlineData("not known", "Name=a", $"Hash={Hash}", "Permissions=*", "Expires=2030-01-01T00:00:00Z")]
    [InlineData("not known", "Name=a", $"Hash={Hash}", "Permissions=*", $"Key={PlainText}")]
    public void A_key_that_cannot_be_meant_refuses_the_start_in_one_line_that_holds_no_secret(string expected, params string[] settings) =>
        AssertRefusal(expected, [.. settings.Select(static setting => $"0:{setting}")]);

    [Theory]
    [InlineData("is a list", $"={PlainText}")]
    [InlineData("not known", $"0={PlainText}")]
    [InlineData(
        "have the same Name", "0:Name=a", $"0:Hash={Hash}", "0:Permissions=*", "1:Name=A",
        "1:Hash=sha256:0000000000000000000000000000000000000000000000000000000000000000", "1:Permissions=*")]
    [InlineData("have the same Hash", "0:Name=a", $"0:Hash={Hash}", "0:Permissions=*", "1:Name=b", $"1:Hash={Hash}", "1:Permissions=*")]
    public void A_list_that_cannot_be_meant_is_refused_too(string expected, params string[] settings) => AssertRefusal(expected, settings);

    private static void AssertRefusal(string expected, string[] settings)
    {
        var message = Assert.Throws<StartException>(() => ReadAll(settings)).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain(PlainText, message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', message);
    }

    private static ApiKeys Read(params string[] settings) => ReadAll([.. settings.Select(static setting => $"0:{setting}")]);

    private static ApiKeys ReadAll(string[] settings) => ApiKeySettings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(static setting => setting.Split('=', 2))
            .Select(static pair => KeyValuePair.Create<string, string?>($"TasksBus:ApiKeys:{pair[0]}".TrimEnd(':'), pair[1])))
        .Build());
}
