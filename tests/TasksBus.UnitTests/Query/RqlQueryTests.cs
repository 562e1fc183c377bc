using TasksBus.Contracts;
using TasksBus.Query;
using Xunit;

namespace TasksBus.UnitTests.Query;

/// <summary>How a query string is parsed, and the errors for one that cannot be.</summary>
public class RqlQueryTests
{
    [Theory]
    [InlineData("eq(status,new)", "status Equal 'new'")]
    [InlineData("?eq(status,new)", "status Equal 'new'")]
    [InlineData("eq%28status%2Cnew%29", "status Equal 'new'")]
    [InlineData("status=new", "status Equal 'new'")]
    [InlineData("status==new", "status Equal 'new'")]
    [InlineData("status=eq=new", "status Equal 'new'")]
    [InlineData("status%3Dnew", "status Equal 'new'")]
    [InlineData("status!=new", "not(status Equal 'new')")]
    [InlineData("status=ne=new", "not(status Equal 'new')")]
    [InlineData("ne(status,new)", "not(status Equal 'new')")]
    [InlineData("functionName=a=b", "functionName Equal 'a=b'")]
    [InlineData("eq(functionName,a=b)", "functionName Equal 'a=b'")]
    [InlineData("priority>1", "priority Greater 1")]
    [InlineData("priority%3E=1", "priority GreaterOrEqual 1")]
    [InlineData("priority%3e%3d1", "priority GreaterOrEqual 1")]
    [InlineData("priority<1", "priority Less 1")]
    [InlineData("priority%3C=%252D5", "priority LessOrEqual -5")]
    [InlineData("priority=lt=%2D5", "priority Less -5")]
    [InlineData("ge(priority,-5)", "priority GreaterOrEqual -5")]
    [InlineData("in(status,new,failed)", "status Equal 'new' 'failed'")]
    [InlineData("out(status,new,failed)", "not(status Equal 'new' 'failed')")]
    [InlineData("in(functionName,)", "functionName Equal ''")]
    [InlineData("in(id,507F1F77BCF86CD799439011,xyz)", "id Equal 507f1f77bcf86cd799439011")]
    [InlineData("eq(id,xyz)", "any()")]
    [InlineData("ne(id,xyz)", "not(any())")]
    [InlineData("like(functionName,50%2525_%255C)", @"functionName Like '50%_\'")]
    [InlineData("like(priority,5)", "any()")]
    [InlineData("like(data.n,12)", "data/n Like '12'")]
    [InlineData("contains(tags.5)", "has(tags/5)")]
    [InlineData("excludes(tags.5)", "not(has(tags/5))")]
    [InlineData("contains(tags,a,b)", "all(tags Equal 'a'; tags Equal 'b')")]
    [InlineData("contains(data.list,gt(n,1),m=x)", "element(data/list: all(/n Greater 1; /m Equal 'x'))")]
    [InlineData("contains(data.list,and(gt(n,1),lt(n,5)))", "element(data/list: all(all(/n Greater 1; /n Less 5)))")]
    [InlineData("excludes(data.list,n=1)", "not(element(data/list: all(/n Equal 1)))")]
    [InlineData("contains(data,gt(n,1),lt(n,5))", "all(has(data); all(data/n Greater 1; data/n Less 5))")]
    [InlineData("contains(error,type=runtime)", "all(has(error); all(error.type Equal 'runtime'))")]
    [InlineData("error=null", "not(has(error))")]
    [InlineData("tags.0=a", "tags/0 Equal 'a'")]
    [InlineData("and(or(status=new,status=failed),priority=0)", "all(any(status Equal 'new'; status Equal 'failed'); priority Equal 0)")]
    [InlineData("or(limit(5),status=new)", "status Equal 'new'")]
    [InlineData("or(limit(5))&&", "all()")]
    [InlineData("", "all()")]
    [InlineData("?", "all()")]
    [InlineData("data.a=1", "data/a Equal 1")]
    [InlineData("data.a=1.50", "data/a Equal 1.50")]
    [InlineData("data.a=-0.5", "data/a Equal -0.5")]
    [InlineData("data.a=12345678901234567890.10", "data/a Equal 12345678901234567890.10")]
    [InlineData("data.a=007", "data/a Equal '007'")]
    [InlineData("data.a=1e5", "data/a Equal '1e5'")]
    [InlineData("data.a=number:1e5", "data/a Equal 1e5")]
    [InlineData("data.a=123456789012345678901234", "data/a Equal '123456789012345678901234'")]
    [InlineData("data.a=string:123", "data/a Equal '123'")]
    [InlineData("data.a=string%3A123", "data/a Equal '123'")]
    [InlineData("data.a=string%253A123", "data/a Equal 'string:123'")]
    [InlineData("data.a=other:123", "data/a Equal 'other:123'")]
    [InlineData("data.a=true", "data/a Equal True")]
    [InlineData("data.a=string:true", "data/a Equal 'true'")]
    [InlineData("data.a=boolean:false", "data/a Equal False")]
    [InlineData("data.a=null", "data/a Equal null")]
    [InlineData("data.a=string:null", "data/a Equal 'null'")]
    [InlineData("data.a=", "data/a Equal ''")]
    [InlineData("data.a=date:2021-09-29T17:17:07.0519%2B02:00", "data/a Equal '2021-09-29T15:17:07.051Z'")]
    [InlineData("data.a=epoch:1632928627051", "data/a Equal '2021-09-29T15:17:07.051Z'")]
    [InlineData("data.a=2021-09-29T15:17:07.051Z", "data/a Equal '2021-09-29T15:17:07.051Z'")]
    [InlineData("data.a%252Eb.0.=x", "data/a.b/0/ Equal 'x'")]
    [InlineData("functionName=arn:aws:lambda:x", "functionName Equal 'arn:aws:lambda:x'")]
    [InlineData("functionName=null", "functionName Equal 'null'")]
    [InlineData("functionName=a%252Cb%2529", "functionName Equal 'a,b)'")]
    [InlineData("functionName=%2500", "any()")]
    [InlineData("data.%2500=1", "any()")]
    [InlineData("data.%2500=null", "all()")]
    [InlineData("data.%2500!=1", "not(any())")]
    [InlineData("contains(data.%2500)", "any()")]
    [InlineData("data.limit=5", "data/limit Equal 5")]
    [InlineData("contains(data.list,limit=5)", "element(data/list: all(/limit Equal 5))")]
    [InlineData("like(status,ail)", "status Like 'ail'")]
    [InlineData("priority=string:5", "priority Equal 5")]
    [InlineData("startTimestamp=2021-09-29T15:17:07.051Z", "startTimestamp Equal @1632928627051")]
    [InlineData("startTimestamp=2021-09-29T15%253A17%253A07.051Z", "startTimestamp Equal @1632928627051")]
    [InlineData("startTimestamp=epoch:1632928627051", "startTimestamp Equal @1632928627051")]
    [InlineData("startTimestamp=epoch:-1", "startTimestamp Equal @-1")]
    public void A_query_is_decoded_parsed_and_its_values_decoded_once_more(string rql, string expected)
    {
        var (query, error) = RqlQuery.Parse(rql, RqlSchema.Tasks);

        Assert.Null(error?.Message);
        Assert.Equal(expected, Show(query.Filter));
    }

    [Theory]
    [InlineData("limit(5)", 5, 0)]
    [InlineData("limit(0)", 0, 0)]
    [InlineData("limit(50,7)", 50, 7)]
    [InlineData("limit(51)", 50, 0)]
    [InlineData("limit(9223372036854775807,9223372036854775807)", 50, long.MaxValue)]
    [InlineData("limit(5)&limit(6,1)", 6, 1)]
    [InlineData("and(status=new,limit(5,1))", 5, 1)]
    [InlineData("status=new", 20, 0)]
    public void The_last_limit_counts_and_is_cut(string rql, int limit, long offset)
    {
        var query = RqlQuery.Parse(rql, RqlSchema.Tasks).Query;

        Assert.Equal((limit, offset), (query.Limit, query.Offset));
    }

    [Theory]
    [InlineData("eq(status,new", 13, "A ')' is missing")]
    [InlineData("eq(status,new))", 14, "too many")]
    [InlineData("eq(status,new)x", 14, "must be followed")]
    [InlineData("status=new&eq(status,a&b)", 22, "%2526")]
    [InlineData("eq(status,a,b)", 0, "%252C")]
    [InlineData("a,b", 1, "outside of parentheses")]
    [InlineData("status=new&foo(status,new)", 11, "'foo' is no operator")]
    [InlineData("status=new&FOO", 11, "says no condition")]
    [InlineData("and(status=new,%20x)", 15, "says no condition")]
    [InlineData("eq(status,(new))", 10, "not another operator")]
    [InlineData("eq(,new)", 3, "name is missing")]
    [InlineData("sort(id,-nothing)", 8, "there is no '-nothing'. There are id, status")]
    [InlineData("select(id,error.nothing)", 10, "there is no 'error.nothing'")]
    [InlineData("select(data.a,id,data)", 17, "'data.a' and 'data'")]
    [InlineData("limit(1,x)", 8, "whole numbers from 0; got 'x'")]
    [InlineData("gt(startTimestamp,soon)", 18, "ISO 8601")]
    [InlineData("startTimestamp%3E=soon", 16, "ISO 8601")]
    [InlineData("in(priority,1,2,x)", 16, "'priority' is compared with a number")]
    [InlineData("data.a=number:x", 7, "a number")]
    [InlineData("data.a=boolean:yes", 7, "true or false")]
    [InlineData("data.a=date:yesterday", 7, "ISO 8601")]
    [InlineData("data.a=epoch:99999999999999999", 7, "epoch")]
    [InlineData("contains(data.a,sort(b))", 16, "may stand at the top")]
    [InlineData("and()", 0, "takes conditions")]
    [InlineData("in(status)", 0, "takes a property and values")]
    [InlineData("skipCount(x)", 0, "takes nothing")]
    [InlineData("foo=bar", 0, "There is no 'foo'. There are id, status")]
    [InlineData("eq(statsu,new)", 3, "There is no 'statsu'. Did you mean status?")]
    [InlineData("status=new&startTimeStamp%3E=2025-01-01", 11, "Did you mean startTimestamp?")]
    [InlineData("sort(-priorty)", 5, "Did you mean priority?")]
    [InlineData("contains(nothing)", 9, "There is no 'nothing'")]
    [InlineData("excludes(error.nme)", 9, "Did you mean error.name?")]
    [InlineData("contains(error,nothing=1)", 15, "There is no 'nothing'")]
    [InlineData("contains(tags,x=1)", 14, "'tags' holds no objects")]
    [InlineData("nothing!=1", 0, "There is no 'nothing'")]
    [InlineData("nothing=null", 0, "There is no 'nothing'")]
    [InlineData("in(nothing,1,2)", 3, "There is no 'nothing'")]
    [InlineData("like(status.x,new)", 5, "There is no 'status.x'")]
    [InlineData("tags.01=a", 0, "There is no 'tags.01'")]
    [InlineData("status=faild", 7, "'status' is compared with one of new, inProgress, complete, retried, failed, canceled; got 'faild'")]
    [InlineData("out(status,new,NEW)", 15, "got 'NEW'")]
    [InlineData("contains(error,type=boom)", 20, "one of invocation, runtime")]
    [InlineData("limit=5", 0, "limit is written with parentheses: limit(count) or limit(count,offset), such as limit(5)")]
    [InlineData("status=new&sort=-priority", 11, "such as sort(-priority)")]
    [InlineData("select=id", 0, "select(id,status)")]
    [InlineData("skipCount=true", 0, "skipCount()")]
    public void What_is_no_query_is_told_where_and_how_to_mend_it(string rql, int position, string message)
    {
        var error = RqlQuery.Parse(rql, RqlSchema.Tasks).Error;

        Assert.NotNull(error);
        Assert.Equal(position, error.Position);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains($"at position {position}", error.Message, StringComparison.Ordinal);
    }

    private static string Show(RqlCondition condition) => condition switch
    {
        RqlAll all => $"all({string.Join("; ", all.Conditions.Select(Show))})",
        RqlAny any => $"any({string.Join("; ", any.Conditions.Select(Show))})",
        RqlNot not => $"not({Show(not.Condition)})",
        RqlHas has => $"has({Show(has.Path)})",
        RqlHasElement element => $"element({Show(element.Path)}: {Show(element.Condition)})",
        RqlMatch match => $"{Show(match.Path)} {match.Test} {string.Join(' ', match.Values.Select(Show))}",
        _ => throw new ArgumentException("No such condition.", nameof(condition)),
    };

    private static string Show(RqlPath path) => string.Join('/', path.Segments.Prepend(path.Property));

    private static string Show(RqlValue value) => value switch
    {
        RqlText text => $"'{text.Text}'",
        RqlNumber number => number.Digits,
        RqlBoolean boolean => $"{boolean.Value}",
        RqlInstant instant => $"@{instant.Ticks / TimeSpan.TicksPerMillisecond}",
        RqlId id => $"{id.Id}",
        _ => "null",
    };
}
