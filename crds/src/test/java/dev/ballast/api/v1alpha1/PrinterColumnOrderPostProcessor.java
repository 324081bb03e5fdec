package dev.ballast.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Sorts the printer columns as they are declared. The generator sorts them by path. */
record PrinterColumnOrderPostProcessor(List<Class<? extends HasMetadata>> kinds)
    implements CRDPostProcessor {

  @Override
  public HasMetadata process(HasMetadata crd, String version) {
    var definition = (CustomResourceDefinition) crd;
    List<String> declared =
        kinds.stream()
            .filter(
                kind -> HasMetadata.getKind(kind).equals(definition.getSpec().getNames().getKind()))
            .flatMap(
                kind -> Arrays.stream(kind.getAnnotationsByType(AdditionalPrinterColumn.class)))
            .map(AdditionalPrinterColumn::name)
            .toList();
    definition
        .getSpec()
        .getVersions()
        .forEach(
            v ->
                v.getAdditionalPrinterColumns()
                    .sort(Comparator.comparingInt(column -> declared.indexOf(column.getName()))));
    return definition;
  }
}
