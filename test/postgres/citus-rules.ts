/**
 * The functions by which Citus spreads tables, without spreading: each refuses what Citus refuses. The rules are those
 * of its documentation ("Creating and Modifying Distributed Objects"): a primary key, unique index or exclusion holds
 * the distribution column; a shard points at reference tables, or with its distribution column at tables that are
 * spread together with it; a reference table points at reference tables only.
 */
export const CITUS_RULES = `
CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, dist_column text, colocated_with text, mode text);

CREATE FUNCTION create_reference_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text;
BEGIN
  SELECT conname INTO bad FROM pg_constraint c WHERE c.conrelid = t AND c.contype = 'f' AND c.confrelid <> t
    AND NOT EXISTS (SELECT 1 FROM pg_dist_partition p WHERE p.logicalrelid = c.confrelid AND p.dist_column IS NULL);
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'reference table % points at no reference table: %', t, bad; END IF;
  INSERT INTO pg_dist_partition VALUES (t, NULL, NULL, current_setting('citus.multi_shard_modify_mode'));
END $$;

CREATE FUNCTION create_distributed_table(t regclass, dist_column text, distribution_type text DEFAULT 'hash',
  colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad text; together text;
BEGIN
  together := CASE colocate_with WHEN 'none' THEN CAST(t AS text) ELSE colocate_with END;
  SELECT CAST(i.indexrelid AS regclass) INTO bad FROM pg_index i WHERE i.indrelid = t
    AND (i.indisunique OR i.indisexclusion) AND NOT EXISTS (SELECT 1 FROM pg_attribute a
      WHERE a.attrelid = t AND a.attnum = ANY (i.indkey) AND a.attname = dist_column);
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'unique without the distribution column %: %', dist_column, bad; END IF;
  SELECT conname INTO bad FROM pg_constraint c WHERE c.conrelid = t AND c.contype = 'f'
    AND NOT EXISTS (SELECT 1 FROM pg_dist_partition p WHERE p.logicalrelid = c.confrelid AND (p.dist_column IS NULL
      OR (p.colocated_with = together AND EXISTS (SELECT 1 FROM unnest(c.conkey, c.confkey) AS k(own, other)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own AND a.attname = create_distributed_table.dist_column
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.other AND b.attname = p.dist_column))));
  IF bad IS NOT NULL THEN RAISE EXCEPTION '% points at what is not on its node: %', t, bad; END IF;
  SELECT conname INTO bad FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = t AND a.attnum = ANY (c.conkey)
    WHERE c.conrelid = t AND c.contype = 'f' AND c.confdeltype IN ('n', 'd') AND a.attname = dist_column;
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'a delete would change the distribution column of %: %', t, bad; END IF;
  SELECT conname INTO bad FROM pg_constraint c WHERE c.confrelid = t AND c.contype = 'f'
    AND EXISTS (SELECT 1 FROM pg_dist_partition p WHERE p.logicalrelid = c.conrelid AND p.dist_column IS NULL);
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'a reference table points at %: %', t, bad; END IF;
  INSERT INTO pg_dist_partition VALUES (t, dist_column, together, current_setting('citus.multi_shard_modify_mode'));
END $$;
`;
