using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Dashboard.Access;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

public class SignInTicketsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly EphemeralDataProtectionProvider _protection = new();
    private readonly KeySignIn _signIn = new("operators", "0123456789abcdef");

    private SignInTickets Tickets => new(_protection, _time);

    [Fact]
    public void A_ticket_says_who_signed_in_for_twelve_hours()
    {
        var text = Tickets.Protect(_signIn, SignInTickets.LifetimeOfKeys);
        Assert.Equal(_signIn, Tickets.Read(text)!.SignIn);

        _time.Advance(TimeSpan.FromHours(12) - TimeSpan.FromSeconds(1));
        var ticket = Tickets.Read(text)!;
        Assert.Equal(_signIn, ticket.SignIn);
        Assert.True(Tickets.Holds(ticket));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(Tickets.Read(text));
        // A page that was opened before learns it too.
        Assert.False(Tickets.Holds(ticket));
    }

    [Fact]
    public void A_ticket_that_was_signed_out_of_stands_no_more_and_others_of_the_same_key_do()
    {
        var tickets = Tickets;
        var one = tickets.Protect(_signIn, SignInTickets.LifetimeOfKeys);
        var other = tickets.Protect(_signIn, SignInTickets.LifetimeOfKeys);
        var open = tickets.Read(one)!;
        DefaultHttpContext context = new();
        context.Request.Headers.Cookie = $"tasksbus-dashboard={one}";

        tickets.Delete(context);

        Assert.False(tickets.Holds(open));
        Assert.Null(tickets.Read(one));
        Assert.NotNull(tickets.Read(other));
    }

    [Fact]
    public void A_person_is_in_the_ticket_for_as_long_as_the_settings_say()
    {
        PersonSignIn person = new("Ann \"the\" Ü", "0123456789abcdef", "id 5", ["operators", "a b"]);

        var text = Tickets.Protect(person, TimeSpan.FromHours(1));

        var read = Assert.IsType<PersonSignIn>(Tickets.Read(text)!.SignIn);
        Assert.Equal((person.Name, person.Revision, person.UserId), (read.Name, read.Revision, read.UserId));
        Assert.Equal(person.Values, read.Values);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(Tickets.Read(text));
    }

    [Fact]
    public void A_ticket_that_no_browser_would_keep_is_not_sent()
    {
        DefaultHttpContext context = new();

        Assert.False(Tickets.TryWrite(context, new PersonSignIn("ann", "1", "1", [new('x', 4_000)]), TimeSpan.FromHours(1)));
        Assert.Equal(0, context.Response.Headers.SetCookie.Count);
        Assert.True(Tickets.TryWrite(context, new PersonSignIn("ann", "1", "1", [new('x', 2_000)]), TimeSpan.FromHours(1)));
        Assert.Equal(1, context.Response.Headers.SetCookie.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("operators")]
    [InlineData("CfDJ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_text_that_this_cluster_did_not_write_says_nothing(string text) => Assert.Null(Tickets.Read(text));

    [Fact]
    public void A_ticket_of_another_cluster_or_for_another_use_says_nothing()
    {
        var foreign = new SignInTickets(new EphemeralDataProtectionProvider(), _time).Protect(_signIn, SignInTickets.LifetimeOfKeys);
        var other = _protection.CreateProtector("another use").Protect(
            new SignInTicket(_signIn, "0123456789abcdef", 99_999_999_999).Write());

        Assert.Null(Tickets.Read(foreign));
        Assert.Null(Tickets.Read(other));
    }
}
