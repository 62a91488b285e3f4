namespace Smml.MLNet.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_one_that_was_agreed_on() => PublicApi.IsAsAgreed(typeof(SmmlTrainer).Assembly);
}
