using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;

namespace TasksBus.RabbitMq;

/// <summary>Sends JSON that is text already, as it is and without an envelope.</summary>
internal sealed class PlainJson(string json) : IMessageSerializer
{
    private static readonly ContentType s_contentType = new(MediaTypeNames.Application.Json);

    public ContentType ContentType => s_contentType;

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class => new StringMessageBody(json);
}
