using Microsoft.Extensions.Configuration;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>
/// A connection string that cannot be used is refused at once. Nothing of it is repeated, because it may hold a password.
/// </summary>
public class ClusterSettingsTests
{
    private const string Database = "Host=db;Database=tasks;Username=me;Password=p";
    private const string Broker = "amqp://me:p@mq/tasks";

    [Theory]
    [InlineData(Database, Broker)]
    [InlineData("Host=db;Username=me", "amqps://me:p%2F%40@mq:5671")]
    [InlineData("Host=db;Username=me;Password=\"s3cr3t;x=y\"", "amqp://localhost")]
    [InlineData("Host=/var/run/postgresql", "amqp://127.0.0.1/tasks")]
    [InlineData("Server=db;User Id=me;Include Error Detail=true", Broker)]
    public void Both_lead_to_a_cluster(string database, string broker) =>
        Assert.Equal((database, new Uri(broker)), (Choose(database, broker)!.Database, Choose(database, broker)!.Broker));

    [Theory]
    [InlineData(
        "Host=db;Username=me;Password=s3cr3t;rest=s3cr3t", Broker,
        "ConnectionStrings__tasksbus has a part after Password that is no setting of PostgreSQL's")]
    [InlineData("Host=db;Username=me;Password=s3cr3t;s3cr3t", Broker, "ConnectionStrings__tasksbus cannot be read")]
    [InlineData("Host=db;Username=me;Password='s3cr3t", Broker, "ConnectionStrings__tasksbus cannot be read")]
    [InlineData("s3cr3t=db", Broker, "ConnectionStrings__tasksbus has a part at its beginning")]
    [InlineData("postgres://me:s3cr3t@db/tasks", Broker, "ConnectionStrings__tasksbus cannot be read")]
    [InlineData("Host=db;Port=s3cr3t", Broker, "ConnectionStrings__tasksbus has a value that cannot be Port")]
    [InlineData("Host=db;SSL Mode=s3cr3t", Broker, "a value that cannot be Ssl Mode")]
    [InlineData("Host=db", Broker, "ConnectionStrings__tasksbus lacks Database, Username, Password. Write it as Host=...")]
    [InlineData("Host=db;Password=s3cr3t", Broker, "ConnectionStrings__tasksbus lacks Database, Username.")]
    [InlineData("Username=me;Password=s3cr3t", Broker, "ConnectionStrings__tasksbus lacks Host.")]
    [InlineData(Database, "mq:s3cr3t", "ConnectionStrings__rabbitmq is no address of a broker")]
    [InlineData(Database, "http://me:s3cr3t@mq", "ConnectionStrings__rabbitmq is no address of a broker")]
    [InlineData(Database, "amqp://me:s3cr3t#x@mq", "ConnectionStrings__rabbitmq is no address of a broker")]
    [InlineData(Database, "amqp://me:1/s3cr3t@mq", "what stands before its @ ends too soon")]
    [InlineData(Database, "amqp://mq.example.com", "ConnectionStrings__rabbitmq lacks a user and a password")]
    public void What_cannot_be_used_is_told_without_its_secrets(string database, string broker, string expected)
    {
        var message = Assert.Throws<StartException>(() => Choose(database, broker)).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", message, StringComparison.Ordinal);
    }

    private static ClusterSettings? Choose(string database, string broker) => ClusterSettings.Choose(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:tasksbus"] = database,
            ["ConnectionStrings:rabbitmq"] = broker,
        }).Build());
}
