using System.Text.Json.Serialization;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Who signed in, and how. It is no secret: nobody gets in by it.</summary>
/// <param name="Name">A name for people.</param>
/// <param name="Revision">Tells what let them in, a key or the settings of a provider, from an earlier or later one.</param>
[JsonDerivedType(typeof(KeySignIn), "key")]
[JsonDerivedType(typeof(PersonSignIn), "person")]
public abstract record SignIn(string Name, string Revision);

/// <summary>Somebody showed an API key.</summary>
/// <param name="Name">The name of the key.</param>
public sealed record KeySignIn(string Name, string Revision) : SignIn(Name, Revision);

/// <summary>An OpenID Connect provider identified somebody.</summary>
/// <param name="UserId">The user's id, as the provider writes it.</param>
/// <param name="Values">The values of the claim with the permissions, at the time of the sign-in.</param>
public sealed record PersonSignIn(string Name, string Revision, string UserId, IReadOnlyList<string> Values) : SignIn(Name, Revision);
