using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Knows callers whom the application around the API has admitted (<see cref="HttpApi.Admit"/>).</summary>
internal sealed class AdmittedHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, UrlEncoder.Default)
{
    public const string SchemeName = "Admitted";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(AuthenticateResult.Success(new(Context.Features.Get<Caller>()!.ToPrincipal(), Scheme.Name)));
}
