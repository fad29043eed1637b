"""What is drawn for a customer: charts as PNG, bills and receipts as PDF."""
