"""The estimate stage: scenario files in, tables of quantiles out; numpy does the work."""
