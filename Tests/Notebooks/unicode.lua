-- %% [markdown]
-- combining: é ñ, right to left: שלום, emoji: 👩‍🔬
--
-- ́ begins with a combining mark

-- %%
s = "日本語"
