.DEFAULT_GOAL := help
.PHONY: help run cluster check test chaos format bench tour pack clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start everything in one process on http://localhost:8080 (ARGS="--urls http://localhost:8081")
	@ops/local/run.sh $(ARGS)

cluster: ## Start a cluster on Linux, without Docker: RabbitMQ, PostgreSQL and a process for each role (WORKERS=5)
	@ops/local/cluster.sh

test: ## Run every test
	@ops/local/test.sh

chaos: ## Run the chaos tests in their long form (TASKS=5000 a scenario)
	@ops/local/chaos.sh

check: ## Check format, analyzers and unit tests, in under two minutes
	@ops/local/tools.sh
	@dotnet build -c Release -v quiet --nologo
	@node tests/runner/run.mjs TasksBus.UnitTests

format: ## Format the code
	@dotnet format

bench: ## Measure throughput and latency
	@ops/local/tools.sh npm servers
	@dotnet run --project tests/TasksBus.Benchmarks -c Release -- $(ARGS)

tour: ## Fill a cluster with a million tasks, measure the dashboard's pages and take their pictures for ops/docs
	@ops/local/tools.sh npm servers chromium
	@dotnet build -c Release -v quiet --nologo
	@cd tests/end-to-end && npm ci --no-audit --no-fund --silent && node tour/tour.mjs

pack: ## Make the NuGet packages in artifacts/packages
	@ops/local/pack.sh

clean: ## Remove what builds made; .data stays
	@dotnet clean -v quiet --nologo
	@rm -rf artifacts
